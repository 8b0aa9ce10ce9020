// A response is the same however it is cut into pieces. The first byte says how.

#include "harness/base/assert.hpp"
#include "tests/fuzz/response_reading.hpp"
#include "tests/fuzz/target.hpp"

namespace watertight::fuzz {

std::vector<std::string> seeds()
{
    return {
        "\x02HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\n"
        "Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
        "\x03HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
        "\x04HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nSet-Cookie: a=b\r\n\r\nuntil the end",
        "\x06HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
        "\x08HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
        "5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\nX: y\r\n\r\n",
        "\x0aHTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
        "\x0cHTTP/1.1 200\r\nContent-Length: 2, 2\r\nContent-Encoding: gzip\r\n\r\nokHTTP/1.1",
        "\x0eHTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nX: a\r\n b\r\n\r\n0\r\n\r\n",
    };
}

static int read(std::string_view input)
{
    if (input.empty()) return 0;
    auto const how = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    auto const is_head = (how & 1) != 0;
    rng pieces{how};
    WT_ASSERT(read_response(input, is_head, nullptr) == read_response(input, is_head, &pieces));
    return 0;
}

} // namespace watertight::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    return watertight::fuzz::read(watertight::fuzz::text_of(data, size));
}
