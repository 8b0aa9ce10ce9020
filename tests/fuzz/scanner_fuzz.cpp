// Where a text lies in memory and in its blocks makes no difference to what is seen in it.

#include "harness/base/assert.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/block.hpp"
#include "harness/evidence/observer.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace watertight::fuzz {

using namespace watertight::evidence;

static constexpr std::string_view uuid = "3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f47";
static constexpr std::string_view jwt =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2ln";

namespace {

struct world {
    world()
    {
        known.add(uuid, {{3}, {}, {}}, "users");
        known.add("507f1f77bcf86cd799439011", {{4}, {}, {}}, "users");
        known.add("acme-corp-7f3d9a2e", {{5}, {}, {}}, "users");
        known.add(jwt, {{6}, {}, {}}, "token");
    }

    canary_mint mint{derive_key(1, "fuzz")};
    identifier_index known;
    observer eye{mint, known, {}};
};

using seen = std::tuple<std::size_t, token_kind, std::string, std::uint32_t>;

} // namespace

static world const& the_world()
{
    static world const one;
    return one;
}

std::vector<std::string> seeds()
{
    auto const& mint = the_world().mint;
    auto const canary = mint.text({{1}, {2}, {3}});
    auto const number = std::to_string(mint.number({{1}, {}, {3}}));
    auto const json = R"({"id":")" + std::string{uuid} + R"(","name":")" + canary + R"("})";
    return {
        json,
        json + R"({"title":"The quick brown fox","count":17,"tags":["a","b"]})" + json,
        "tenant_" + canary + "_db acme_corp_7f3d9a2e 507F1F77BCF86CD799439011",
        number + " " + number + ".0 %20" + number + "," + number.substr(0, 1) + "." +
            number.substr(1) + "e15",
        "Bearer " + std::string{jwt} + " " + base64url(json),
        base64(json + json) + std::string(70, '-') + std::string(70, 'Z'),
    };
}

static std::vector<seen> scan(std::string_view text, std::size_t before)
{
    auto const shifted = std::string(before, ' ') + std::string{text};
    std::vector<char> const exact(shifted.begin(), shifted.end());
    std::vector<sighting> found;
    the_world().eye.scan({exact.data(), exact.size()}, found);
    std::vector<seen> out;
    for (auto const& s : found) {
        WT_ASSERT(s.offset >= before && s.offset < exact.size());
        out.emplace_back(s.offset - before, s.kind, s.token, s.who.tenant.value);
    }
    std::ranges::sort(out);
    return out;
}

// In two calls, so that what is carried over is looked at as well.
static std::vector<block_runs> runs_seen(classifier const& c, std::vector<char> const& bytes)
{
    auto const blocks = bytes.size() / block_size;
    auto const half = blocks / 2;
    std::vector<block_runs> out(blocks + 1);
    run_finder state;
    auto const some = c.runs(bytes.data(), half, state, out.data());
    auto const rest = bytes.data() + half * block_size;
    out.resize(some + c.runs(rest, blocks - half, state, out.data() + some));
    return out;
}

static void classify(std::string_view text)
{
    std::vector<char> bytes(text.begin(), text.end());
    bytes.resize((bytes.size() + block_size - 1) / block_size * block_size);
    auto const blocks = bytes.size() / block_size;
    std::vector<std::uint64_t> plain(blocks);
    std::vector<std::uint64_t> words(blocks);
    classifiers().front().words(bytes.data(), blocks, plain.data());
    for (auto const& c : classifiers()) {
        c.words(bytes.data(), blocks, words.data());
        WT_ASSERT(words == plain);
        WT_ASSERT(runs_seen(c, bytes) == runs_seen(classifiers().front(), bytes));
        for (std::size_t i = 0; i < blocks; ++i) {
            auto const* const block = bytes.data() + i * block_size;
            WT_ASSERT(c.classify(block) == classifiers().front().classify(block));
        }
    }
}

static int look(std::string_view text)
{
    classify(text);
    auto const expected = scan(text, 0);
    for (std::size_t const before : {1U, 31U, 48U, 63U, 64U}) {
        WT_ASSERT(scan(text, before) == expected);
    }
    return 0;
}

} // namespace watertight::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    return watertight::fuzz::look(watertight::fuzz::text_of(data, size));
}
