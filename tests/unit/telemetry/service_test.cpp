#include "harness/base/fatal.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/net/http_client.hpp"
#include "harness/telemetry/service.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

using namespace watertight;
using namespace watertight::telemetry;

// One scraper's request; status 0 if there is no answer.
static net::http_response ask(std::string const& address, std::string request_line)
{
    net::http_response out;
    auto const work = [&]() -> asio::awaitable<void> {
        auto const where = net::parse_url(address);
        auto const loop = co_await asio::this_coro::executor;
        net::connection_options const options;
        net::http_client client{loop, where->where, options, 1};
        net::http_request request;
        request.wire = request_line + " HTTP/1.1\r\nHost: x\r\n\r\n";
        auto answer = co_await client.send(std::move(request), std::chrono::seconds{10});
        if (answer.has_value()) out = std::move(*answer);
    };
    test::run_async(work());
    return out;
}

static std::string complaint_of(exports where)
{
    board const b{{}};
    try {
        service const s{b, std::move(where)};
    } catch (std::exception const& e) {
        return e.what();
    }
    return {};
}

TEST(TelemetryService, ServesWhatTheBoardShows)
{
    board b{{{"scenario", "shop"}}};
    service const s{b, {.listen = "0"}};
    b.begin("traffic steady", 30);
    auto const seen = ask(s.address(), "GET /metrics");
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_NE(
        seen.body.find("watertight_phase_units{phase=\"traffic steady\"} 30"), seen.body.npos
    );
    EXPECT_EQ(ask(s.address(), "GET /").status, 404);
    EXPECT_EQ(ask(s.address(), "POST /metrics").status, 405);
}

TEST(TelemetryService, RefusesWhatIsNoAddress)
{
    EXPECT_NE(
        complaint_of({.listen = "metrics"}).find("\"metrics\" is no address"), std::string::npos
    );
    EXPECT_NE(complaint_of({.listen = "127.0.0.1:99999"}).find("is no address"), std::string::npos);
    EXPECT_NE(complaint_of({.otlp = "ftp://x"}).find("--otlp: "), std::string::npos);
    auto const bad = complaint_of({.otlp = "http://127.0.0.1:1", .otlp_headers = "s3cret"});
    EXPECT_NE(bad.find("OTEL_EXPORTER_OTLP_HEADERS"), std::string::npos);
    EXPECT_EQ(bad.find("s3cret"), std::string::npos);
    board const b{{}};
    service const first{b, {.listen = "0"}};
    auto const taken = net::parse_url(first.address())->where.port;
    auto const second = complaint_of({.listen = fmt::format("127.0.0.1:{}", taken)});
    EXPECT_NE(second.find("can't be used"), std::string::npos) << second;
}

// The last state is pushed when the run ends, however short it was.
TEST(TelemetryService, PushesTheEnd)
{
    std::mutex guard;
    std::string got;
    test::scripted_server const receiver{[&](test::peer& client, std::size_t) {
        for (auto r = client.read_request(); !r.empty(); r = client.read_request()) {
            std::scoped_lock const lock{guard};
            got = r;
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
    }};
    board b{{}};
    service s{
        b,
        {.otlp = fmt::format("http://127.0.0.1:{}/otel/", receiver.port()),
         .otlp_headers = "authorization=Bearer%20x, tenant=y",
         .interval = std::chrono::hours{1}}};
    b.begin("traffic steady", 30);
    EXPECT_EQ(s.finish(), "");
    std::scoped_lock const lock{guard};
    EXPECT_TRUE(got.starts_with("POST /otel/v1/metrics HTTP/1.1\r\n")) << got;
    EXPECT_NE(got.find("\r\nauthorization: Bearer x\r\ntenant: y\r\n"), got.npos);
    EXPECT_NE(got.find("traffic steady"), got.npos);
}

TEST(TelemetryService, TellsWhatCouldNotBePushed)
{
    board const b{{}};
    auto const place = fmt::format("http://127.0.0.1:{}", test::free_port());
    service s{b, {.otlp = place, .interval = std::chrono::milliseconds{1}}};
    auto const told = s.finish();
    EXPECT_NE(told.find("to " + place + " failed"), told.npos) << told;
}
