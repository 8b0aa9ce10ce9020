// What verifies is what the mint makes, letter for letter; nothing else does.

#include "harness/base/assert.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/canary.hpp"
#include "tests/fuzz/target.hpp"

#include <cstring>

namespace watertight::fuzz {

using namespace watertight::evidence;

static canary_mint const mint{derive_key(1, "fuzz")};

std::vector<std::string> seeds()
{
    std::vector<std::string> out{std::string(canary_length, '0')};
    for (std::uint32_t i = 0; i < 8; ++i) {
        owner const who{{i * 100'003 % 1'048'576}, {i * 7}, {i << 20}};
        auto const number = mint.number(who);
        std::string raw(sizeof number, '\0');
        std::memcpy(raw.data(), &number, sizeof number);
        out.push_back(mint.text(who));
        out.push_back(raw + mint.text(who));
    }
    return out;
}

static void verify_text(std::string_view token)
{
    // No more than its characters may be looked at.
    std::vector<char> const exact(token.begin(), token.end());
    auto const who = mint.verify_text({exact.data(), exact.size()});
    if (who) WT_ASSERT(mint.text(*who) == to_lower(token));
}

static int verify(std::string_view input)
{
    for (std::size_t at = 0; at <= input.size(); ++at) {
        verify_text(input.substr(at, canary_length));
    }
    verify_text(input);
    for (; input.size() >= sizeof(std::uint64_t); input.remove_prefix(1)) {
        std::uint64_t number = 0;
        std::memcpy(&number, input.data(), sizeof number);
        for (auto const n : {number, number_min | (number & (number_min - 1))}) {
            if (auto const who = mint.verify_number(n)) WT_ASSERT(mint.number(*who) == n);
        }
        owner const who{
            {static_cast<std::uint32_t>(number) % (1U << 20)},
            {static_cast<std::uint32_t>(number >> 20) % (1U << 20)},
            {static_cast<std::uint32_t>(number >> 34)}};
        WT_ASSERT(mint.verify_text(mint.text(who)) == who);
    }
    return 0;
}

} // namespace watertight::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    return watertight::fuzz::verify(watertight::fuzz::text_of(data, size));
}
