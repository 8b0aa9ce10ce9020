#include "harness/base/clock.hpp"
#include "harness/net/http_connection.hpp"
#include "harness/net/task_group.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

namespace watertight::net {

using test::peer;
using test::run_async;
using test::scripted_server;

static constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
static constexpr std::string_view post =
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
static constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static endpoint at(std::uint16_t port)
{
    return {false, "127.0.0.1", port};
}

// A view does not outlive its connection; this is what tests look at.
struct answer {
    errc code{};
    std::string text;
    int status = 0;
    bool closes = false;
};

static answer seen(result<http_response_view> const& view)
{
    if (view.has_error()) return {view.error().code, view.error().message, 0, false};
    return {{}, std::string{view->body}, view->status, view->closes};
}

struct visit {
    std::vector<answer> answers;
    std::uint64_t connects = 0;
    bool open = false;
};

// Sends the requests one after another on one connection.
static asio::awaitable<visit> send_all(
    endpoint where,
    connection_options options,
    std::vector<std::string_view> wires,
    std::chrono::nanoseconds budget
)
{
    auto const core = co_await asio::this_coro::executor;
    http_connection connection{core, where, options};
    visit out;
    for (auto const wire : wires) {
        auto const view = co_await connection.exchange(wire, wire.starts_with("HEAD"), budget);
        out.answers.push_back(seen(view));
    }
    out.connects = connection.connects();
    out.open = connection.is_open();
    co_return out;
}

static visit
visited(endpoint where, std::vector<std::string_view> wires, std::chrono::nanoseconds budget = 10s)
{
    return run_async(send_all(std::move(where), {}, std::move(wires), budget));
}

static void answer_all(peer& client, std::string_view with)
{
    while (!client.read_request().empty()) client.send(with);
}

TEST(HttpConnection, KeepsOneConnectionAliveForManyExchanges)
{
    scripted_server server{[](peer& client, std::size_t) { answer_all(client, ok); }};
    auto const got = visited(at(server.port()), std::vector<std::string_view>(50, get));

    EXPECT_EQ(got.connects, 1U);
    EXPECT_TRUE(got.open);
    for (auto const& a : got.answers) EXPECT_EQ(a.text, "ok");
    EXPECT_EQ(server.requests(), 50U);
}

TEST(HttpConnection, SendsARequestThatExceedsEveryBuffer)
{
    std::size_t size = 0;
    scripted_server server{[&size](peer& client, std::size_t) {
        size = client.read_request().size();
        client.send(ok);
    }};
    std::string const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n";
    auto const wire = head + std::string(20'000'000, 'x');

    EXPECT_EQ(visited(at(server.port()), {wire}).answers[0].text, "ok");
    EXPECT_EQ(size, wire.size());
}

TEST(HttpConnection, AnswerToHeadLeavesTheConnectionUsable)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
        answer_all(client, ok);
    }};
    auto const got = visited(at(server.port()), {"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", get});

    EXPECT_EQ(got.answers[0].text, "");
    EXPECT_EQ(got.answers[1].text, "ok");
    EXPECT_EQ(got.connects, 1U);
}

TEST(HttpConnection, ReconnectsAfterTheServerSaidClose)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1");
    }};
    auto const got = visited(at(server.port()), {post, post});

    EXPECT_TRUE(got.answers[0].closes);
    EXPECT_EQ(got.answers[1].text, "1");
    EXPECT_EQ(got.connects, 2U);
    EXPECT_FALSE(got.open);
}

TEST(HttpConnection, ReadsABodyThatEndsWithTheConnection)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\nall of it");
    }};

    EXPECT_EQ(visited(at(server.port()), {get}).answers[0].text, "all of it");
}

TEST(HttpConnection, RepeatsASafeRequestWhenTheIdleConnectionWasClosed)
{
    // The first connection is closed once the second request is there: the client cannot foresee
    // it.
    scripted_server server{[](peer& client, std::size_t connection) {
        client.read_request();
        client.send(ok);
        client.read_request();
        if (connection > 0) client.send(ok);
    }};
    auto const got = visited(at(server.port()), {get, get});

    EXPECT_EQ(got.answers[1].text, "ok");
    EXPECT_EQ(got.connects, 2U);
}

TEST(HttpConnection, NeverRepeatsAnUnsafeRequest)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send(ok);
        client.read_request();
    }};
    auto const got = visited(at(server.port()), {post, post});

    EXPECT_EQ(got.answers[1].code, errc::connection_lost);
    EXPECT_EQ(got.connects, 1U);
    EXPECT_EQ(server.requests(), 2U);
}

TEST(HttpConnection, DoesNotRepeatOnAFreshConnection)
{
    scripted_server server{[](peer& client, std::size_t) { client.read_request(); }};
    auto const got = visited(at(server.port()), {get});

    EXPECT_EQ(got.answers[0].code, errc::connection_lost);
    EXPECT_EQ(server.accepted(), 1U);
}

TEST(HttpConnection, TruncatedBodyIsALostConnectionAndNotRepeated)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send(ok);
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    }};
    auto const got = visited(at(server.port()), {get, get});

    EXPECT_EQ(got.answers[1].code, errc::connection_lost);
    EXPECT_NE(got.answers[1].text.find("42 bytes"), std::string::npos) << got.answers[1].text;
    EXPECT_EQ(got.connects, 1U);
}

TEST(HttpConnection, ResetIsALostConnection)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.reset();
    }};

    EXPECT_EQ(visited(at(server.port()), {get}).answers[0].code, errc::connection_lost);
}

TEST(HttpConnection, GarbageIsMalformedAndClosesTheConnection)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("SSH-2.0-OpenSSH_9.2\r\n");
        client.wait_for_close();
    }};
    auto const got = visited(at(server.port()), {get});

    EXPECT_EQ(got.answers[0].code, errc::malformed);
    EXPECT_FALSE(got.open);
}

TEST(HttpConnection, BodyOverTheLimitEndsTheExchange)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n");
        client.wait_for_close();
    }};
    connection_options options;
    options.body_bytes_max = 10;
    auto const got = run_async(send_all(at(server.port()), options, {get}, 10s));

    EXPECT_EQ(got.answers[0].code, errc::malformed);
}

TEST(HttpConnection, SilenceEndsWithTheBudget)
{
    scripted_server server{[](peer& client, std::size_t) { client.wait_for_close(); }};
    auto const begin = steady::now();
    auto const got = visited(at(server.port()), {get}, 50ms);

    EXPECT_EQ(got.answers[0].code, errc::deadline_exceeded);
    EXPECT_GE(steady::now() - begin, 50ms);
    EXPECT_LT(steady::now() - begin, 5s);
    EXPECT_FALSE(got.open);
}

TEST(HttpConnection, AnAnswerThatStopsHalfWayEndsWithTheBudget)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
        client.wait_for_close();
    }};
    auto const got = visited(at(server.port()), {get}, 100ms);

    EXPECT_EQ(got.answers[0].code, errc::deadline_exceeded);
}

TEST(HttpConnection, AnEndlessBodyIsCutAtItsLimit)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        std::string const chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
        for (int n = 0; n < 1000; ++n) client.send(chunk);
    }};
    connection_options options;
    options.body_bytes_max = 100'000;
    auto const got = run_async(send_all(at(server.port()), options, {get}, 10s));

    EXPECT_EQ(got.answers[0].code, errc::malformed);
    EXPECT_FALSE(got.open);
}

TEST(HttpConnection, AnAnswerBeforeTheRequestWasReadCounts)
{
    scripted_server server{[](peer& client, std::size_t) {
        client.send("HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
    }};
    std::string const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n";
    auto const got = visited(at(server.port()), {head + std::string(20'000'000, 'x')});

    // The kernel may throw the answer away with the reset that follows it; it is never a success.
    EXPECT_NE(got.answers[0].status, 200);
    EXPECT_FALSE(got.open);
}

TEST(HttpConnection, ConnectsAnewAfterADeadline)
{
    scripted_server server{[](peer& client, std::size_t connection) {
        if (connection == 0) return client.wait_for_close();
        answer_all(client, ok);
    }};
    auto const got = visited(at(server.port()), {get, get}, 200ms);

    EXPECT_EQ(got.answers[0].code, errc::deadline_exceeded);
    EXPECT_EQ(got.answers[1].text, "ok");
    EXPECT_EQ(got.connects, 2U);
}

TEST(HttpConnection, RefusedConnectionNamesTheServer)
{
    auto const port = test::free_port();
    auto const got = visited(at(port), {get});

    EXPECT_EQ(got.answers[0].code, errc::unreachable);
    EXPECT_NE(got.answers[0].text.find(fmt::format("127.0.0.1:{}", port)), std::string::npos);
    EXPECT_EQ(got.connects, 0U);
}

TEST(HttpConnection, TriesEveryAddressOfAName)
{
    scripted_server server{[](peer& client, std::size_t) { answer_all(client, ok); }};
    endpoint const named{false, "alpha.localhost", server.port()};

    EXPECT_EQ(visited(named, {get}).answers[0].text, "ok");
}

TEST(HttpConnection, UnknownNameIsUnreachable)
{
    auto const got = visited({false, "no-such-host.invalid", 80}, {get});

    EXPECT_EQ(got.answers[0].code, errc::unreachable);
    EXPECT_NE(got.answers[0].text.find("no-such-host.invalid"), std::string::npos);
}

static asio::awaitable<void> exchange_for_ever(http_connection& connection, bool& ended)
{
    try {
        co_await connection.exchange(get, false, 10s);
    } catch (boost::system::system_error const&) {
        ended = true;
        throw;
    }
}

static asio::awaitable<void> cancel_exchange(endpoint where)
{
    auto const core = co_await asio::this_coro::executor;
    http_connection connection{core, where, {}};
    bool ended = false;
    task_group group{core, 1};
    group.try_spawn(exchange_for_ever(connection, ended));
    group.cancel();
    co_await group.join();
    EXPECT_TRUE(ended);
    EXPECT_FALSE(connection.is_open());
}

TEST(HttpConnection, CancellationPassesThroughAndClosesIt)
{
    scripted_server server{[](peer& client, std::size_t) { client.wait_for_close(); }};

    run_async(cancel_exchange(at(server.port())));
}

} // namespace watertight::net
