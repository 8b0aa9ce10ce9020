// What it costs to make a response out of the bytes that one read brought.

#include "harness/net/http_parser.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace watertight::net {

// As nginx 1.22 writes a file of JSON: 300 bytes in all for a body of 140 or so.
static std::string nginx_response(std::size_t body_bytes, bool chunked)
{
    std::string body = R"({"items":[)";
    while (body.size() < body_bytes) body += R"({"id":17,"name":"The quick brown fox"},)";
    body.resize(body_bytes);
    auto const head = fmt::format(
        "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Wed, 25 Nov 2026 10:06:47 GMT\r\n"
        "Content-Type: application/json\r\n{}\r\nConnection: keep-alive\r\n"
        "Vary: Accept-Encoding\r\n\r\n",
        chunked ? "Transfer-Encoding: chunked" : fmt::format("Content-Length: {}", body.size())
    );
    if (!chunked) return head + body;
    return head + fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
}

static void parse_response(benchmark::State& state)
{
    auto const wire = nginx_response(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
    std::vector<char> shared(64U << 10);
    http_parser parser{64U << 20, shared};
    for (auto _ : state) {
        parser.start(false);
        bool whole = false;
        for (std::string_view rest{wire}; !rest.empty() && !whole;) {
            auto const room = parser.room();
            auto const n = std::min(room.size(), rest.size());
            // The receiving itself: what the kernel would do.
            std::memcpy(room.data(), rest.data(), n);
            rest.remove_prefix(n);
            whole = parser.received(n).value();
        }
        if (!whole) state.SkipWithError("not a response");
        auto view = parser.view();
        benchmark::DoNotOptimize(view);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

BENCHMARK(parse_response)->ArgNames({"body", "chunked"})->ArgsProduct({{140, 4096, 60000}, {0, 1}});

// The same copy without the parser: what is to be taken off.
static void receive_alone(benchmark::State& state)
{
    auto const wire = nginx_response(static_cast<std::size_t>(state.range(0)), false);
    std::vector<char> shared(64U << 10);
    for (auto _ : state) {
        std::memcpy(shared.data(), wire.data(), wire.size());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

BENCHMARK(receive_alone)->ArgName("body")->Arg(140)->Arg(4096)->Arg(60000);

} // namespace watertight::net
