#include "harness/base/clock.hpp"
#include "harness/net/http_client.hpp"
#include "harness/net/task_group.hpp"
#include "tests/support/packed.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watertight::net {

using test::peer;
using test::run_async;
using test::scripted_server;

static constexpr std::string_view ok =
    "HTTP/1.1 201 Created\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok";

static http_request get()
{
    return {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", false};
}

static endpoint at(std::uint16_t port)
{
    return {false, "127.0.0.1", port};
}

// References: to the joining frame.
static asio::awaitable<void> send_one(http_client& client, int& good, int& late)
{
    auto const response = co_await client.send(get(), 2s);
    if (response.has_value())
        ++good;
    else if (response.error().code == errc::deadline_exceeded)
        ++late;
}

static asio::awaitable<void> send_many(endpoint where, int count, std::size_t connections_max)
{
    auto const core = co_await asio::this_coro::executor;
    http_client client{core, where, {}, connections_max};
    int good = 0;
    int late = 0;
    task_group group{core, 100};
    for (int i = 0; i < count; ++i) group.try_spawn(send_one(client, good, late));
    co_await group.join();
    EXPECT_EQ(good, count);
}

TEST(HttpClient, NeverOpensMoreConnectionsThanAllowed)
{
    scripted_server server{[](peer& client, std::size_t) {
        while (!client.read_request().empty()) client.send(ok);
    }};
    run_async(send_many(at(server.port()), 60, 3));

    EXPECT_EQ(server.requests(), 60U);
    EXPECT_LE(server.accepted(), 3U);
}

static asio::awaitable<void> look_at_one(endpoint where)
{
    auto const core = co_await asio::this_coro::executor;
    http_client client{core, where, {}, 1};
    auto const response = co_await client.send(get(), 2s);
    WT_CO_ASSERT(response.has_value());
    EXPECT_EQ(response->status, 201);
    EXPECT_TRUE(response->ok());
    EXPECT_EQ(response->body, "ok");
    EXPECT_EQ(response->headers("set-cookie").size(), 2U);
    EXPECT_GT(response->took.count(), 0);
}

TEST(HttpClient, ReturnsAResponseOfItsOwn)
{
    scripted_server server{[](peer& client, std::size_t) {
        while (!client.read_request().empty()) client.send(ok);
    }};
    run_async(look_at_one(at(server.port())));
}

static asio::awaitable<void> wait_in_vain(endpoint where)
{
    auto const core = co_await asio::this_coro::executor;
    http_client client{core, where, {}, 1};
    int good = 0;
    int late = 0;
    task_group group{core, 2};
    group.try_spawn(send_one(client, good, late));
    auto const second = co_await client.send(get(), 20ms);
    EXPECT_TRUE(second.has_error());
    EXPECT_EQ(second.error().code, errc::deadline_exceeded);
    EXPECT_NE(second.error().message.find("became free"), std::string::npos);
    group.cancel();
    co_await group.join();
    EXPECT_EQ(good + late, 0);
}

TEST(HttpClient, BudgetCoversTheWaitForAConnection)
{
    scripted_server server{[](peer& client, std::size_t) { client.wait_for_close(); }};

    run_async(wait_in_vain(at(server.port())));
}

static asio::awaitable<void> fail_then_succeed(endpoint where)
{
    auto const core = co_await asio::this_coro::executor;
    http_client client{core, where, {}, 1};
    auto const first = co_await client.send(get(), 2s);
    EXPECT_TRUE(first.has_error());
    auto const second = co_await client.send(get(), 2s);
    EXPECT_TRUE(second.has_value());
}

TEST(HttpClient, FailedExchangeGivesItsPlaceBack)
{
    scripted_server server{[](peer& client, std::size_t connection) {
        client.read_request();
        if (connection > 0) client.send(ok);
    }};
    run_async(fail_then_succeed(at(server.port())));
}

static asio::awaitable<void> unpack_one(endpoint where, bool damaged)
{
    auto const core = co_await asio::this_coro::executor;
    http_client client{core, where, {}, 1};
    auto const response = co_await client.send(get(), 2s);
    WT_CO_ASSERT(response.has_value() != damaged);
    if (damaged) {
        EXPECT_EQ(response.error().code, errc::malformed);
        EXPECT_NE(response.error().message.find(where.origin()), std::string::npos);
    } else {
        EXPECT_EQ(response->body, "packed words");
        EXPECT_EQ(response->header("Content-Encoding"), "gzip");
    }
}

TEST(HttpClient, HandsOnAPackedBodyUnpacked)
{
    for (bool const damaged : {false, true}) {
        auto body = test::pack("packed words", test::packing::gzip);
        if (damaged) body.pop_back();
        auto const wire = fmt::format(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}",
            body.size(),
            body
        );
        scripted_server server{[&](peer& client, std::size_t) {
            while (!client.read_request().empty()) client.send(wire);
        }};
        run_async(unpack_one(at(server.port()), damaged));
    }
}

} // namespace watertight::net
