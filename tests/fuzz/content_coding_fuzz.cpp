// Whatever claims to be packed is unpacked within bounds or refused; what was packed comes back.
// The first byte chooses the form.

#include "harness/base/assert.hpp"
#include "harness/net/content_coding.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/packed.hpp"

namespace watertight::fuzz {

static constexpr std::size_t bytes_max = 64U << 10;

std::vector<std::string> seeds()
{
    std::vector<std::string> out;
    for (std::string const text : {"", "hello hello hello", "{\"a\":[1,2,3,4,5,6,7,8,9]}"}) {
        out.push_back("\x01" + test::pack(text, test::packing::gzip));
        out.push_back("\x02" + test::pack(text, test::packing::zlib));
        out.push_back("\x02" + test::pack(text, test::packing::raw));
    }
    auto const bomb = test::pack(std::string(200'000, 'x'), test::packing::gzip);
    out.push_back("\x01" + bomb);
    out.push_back("\x01" + test::pack("one", test::packing::gzip) + bomb);
    return out;
}

static int unpack(std::string_view input)
{
    if (input.empty()) return 0;
    auto const coding = static_cast<net::content_coding>(input.front() & 3);
    input.remove_prefix(1);

    std::string into;
    auto const out = net::decode(coding, input, into, bytes_max);
    WT_ASSERT(into.capacity() <= 2 * bytes_max);
    if (out.has_value()) {
        WT_ASSERT(out->size() <= bytes_max || out->data() == input.data());
        std::string again;
        WT_ASSERT(net::decode(coding, input, again, out->size()).value() == *out);
    } else {
        WT_ASSERT(out.error().code == errc::malformed);
    }

    for (auto const how : {test::packing::gzip, test::packing::zlib, test::packing::raw}) {
        auto const packed = test::pack(input, how);
        auto const form =
            how == test::packing::gzip ? net::content_coding::gzip : net::content_coding::deflate;
        WT_ASSERT(net::decode(form, packed, into, input.size()).value() == input);
    }
    return 0;
}

} // namespace watertight::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    return watertight::fuzz::unpack(watertight::fuzz::text_of(data, size));
}
