// Whatever stands where chunks should is the same in whole and in pieces; and a body comes back as
// it was, into whatever chunks it is cut. The first byte says how.

#include "harness/base/assert.hpp"
#include "tests/fuzz/response_reading.hpp"
#include "tests/fuzz/target.hpp"

#include <fmt/format.h>

namespace watertight::fuzz {

static constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

std::vector<std::string> seeds()
{
    return {
        "\x01"
        "5\r\nhello\r\n0\r\n\r\n",
        "\x02"
        "A;name=value\r\n0123456789\r\n1 ; a = \"b;\\\"\" ;c\r\nx\r\n000\r\nX-Sum: 1\r\nY:\r\n\r\n",
        "\x03"
        "ffffffffffffffff\r\nx",
        "\x04"
        "fff\r\n" +
            std::string(0xfff, 'b') + "\r\n1\r\nc\r\n0\r\n\r\n",
        "\x05"
        "0\r\nContent-Length: 1\r\n\r\n",
    };
}

static std::string in_chunks(std::string_view body, rng& random)
{
    std::string out{head};
    while (!body.empty()) {
        auto const chunk = body.substr(0, random.below(40) + 1);
        out += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
        body.remove_prefix(chunk.size());
    }
    return out + "0\r\n\r\n";
}

static int read(std::string_view input)
{
    if (input.empty()) return 0;
    rng random{static_cast<unsigned char>(input.front())};
    input.remove_prefix(1);

    auto const wire = std::string{head} + std::string{input};
    auto const whole = read_response(wire, false, nullptr);
    WT_ASSERT(whole == read_response(wire, false, &random));

    auto const body = input.substr(0, body_bytes_max);
    auto const back = read_response(in_chunks(body, random), false, &random);
    WT_ASSERT(back.whole && back.body == body && !back.closes);
    return 0;
}

} // namespace watertight::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    return watertight::fuzz::read(watertight::fuzz::text_of(data, size));
}
