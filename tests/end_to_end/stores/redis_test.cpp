// How: a private Redis for the whole suite; the test that kills it starts it again.
#include "harness/base/clock.hpp"
#include "harness/net/task_group.hpp"
#include "harness/stores/key_walk.hpp"
#include "harness/stores/redis.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace watertight::stores {

using test::run_async;
using words = std::vector<std::string>;
using kind = redis_reply::kind;

class Redis : public testing::Test {
protected:
    static void SetUpTestSuite() { server = std::make_unique<test::redis_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    static std::string url() { return server->url(); }

    static std::unique_ptr<test::redis_server> server;
};

std::unique_ptr<test::redis_server> Redis::server;

static asio::awaitable<result<redis>> open(std::string url, std::chrono::nanoseconds budget = 60s)
{
    auto const core = co_await asio::this_coro::executor;
    auto opened = co_await redis::connect(core, std::move(url), budget);
    co_return opened;
}

static asio::awaitable<result<redis_reply>>
ask(std::string url, words command, std::chrono::nanoseconds budget = 60s)
{
    auto store = co_await open(std::move(url));
    if (store.has_error()) co_return store.error();
    auto reply = co_await store->command(std::move(command), budget);
    co_return reply;
}

static failure refusal(std::string url)
{
    auto const opened = run_async(open(std::move(url)));
    return opened.has_error() ? opened.error() : failure{};
}

static asio::awaitable<void> set_and_get(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    std::string const value{"\0\r\n binary", 10};
    words set{"SET", "a key", value};
    auto const done = co_await store->command(std::move(set));
    WT_CO_ASSERT(done.has_value());
    EXPECT_EQ(done->type, kind::status);
    EXPECT_EQ(done->text, "OK");
    words get{"GET", "a key"};
    auto const got = co_await store->command(std::move(get));
    WT_CO_ASSERT(got.has_value());
    EXPECT_EQ(got->type, kind::text);
    EXPECT_EQ(got->text, value);
    words missing{"GET", "no such key"};
    auto const nothing = co_await store->command(std::move(missing));
    WT_CO_ASSERT(nothing.has_value());
    EXPECT_EQ(nothing->type, kind::nil);
    words count{"INCRBY", "counter", "41"};
    auto const counted = co_await store->command(std::move(count));
    WT_CO_ASSERT(counted.has_value());
    EXPECT_EQ(counted->type, kind::integer);
    EXPECT_EQ(counted->integer, 41);
}

TEST_F(Redis, ReturnsEveryKindOfReply)
{
    run_async(set_and_get(url()));
}

static asio::awaitable<void> fail_and_go_on(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    words wrong{"HGET", "counter-of-text"};
    auto const refused = co_await store->command(std::move(wrong));
    WT_CO_ASSERT(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::rejected);
    EXPECT_EQ(refused.error().detail, "ERR");
    EXPECT_NE(refused.error().message.find(store->where()), std::string::npos);
    words ping{"PING"};
    auto const pong = co_await store->command(std::move(ping));
    EXPECT_TRUE(pong.has_value());
}

TEST_F(Redis, ErrorReplyIsARejectionAndLeavesTheConnectionUsable)
{
    run_async(fail_and_go_on(url()));
}

static asio::awaitable<void> send_pipeline(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    std::vector<words> all;
    for (int i = 0; i < 2000; ++i)
        all.push_back({"SET", fmt::format("pipe:{}", i), std::string(100, 'x')});
    all.push_back({"NOSUCHCOMMAND"});
    all.push_back({"GET", "pipe:7"});
    auto const replies = co_await store->pipeline(std::move(all));
    WT_CO_ASSERT(replies.has_value());
    WT_CO_ASSERT(replies->size() == 2002);
    EXPECT_EQ((*replies)[0].text, "OK");
    EXPECT_TRUE((*replies)[2000].is_error());
    EXPECT_EQ((*replies)[2001].text, std::string(100, 'x'));
    auto const keys = co_await keys_like(*store, "pipe:*");
    WT_CO_ASSERT(keys.has_value());
    EXPECT_EQ(keys->size(), 2000U);
    auto const some = co_await keys_like(*store, "pipe:199?");
    EXPECT_EQ(some.has_value() ? some->size() : 0U, 10U);
    auto const too_many = co_await keys_like(*store, "pipe:*", 1999);
    EXPECT_TRUE(too_many.has_error());
    EXPECT_EQ(too_many.error().code, errc::exhausted);
}

TEST_F(Redis, PipelineKeepsItsOrderAndKeysFindsThemAll)
{
    run_async(send_pipeline(url()));
}

TEST_F(Redis, SelectsTheDatabaseOfTheUrl)
{
    auto const set = run_async(ask(url() + "/5", {"SET", "only-in-5", "x"}));
    ASSERT_TRUE(set.has_value()) << set.error().message;

    EXPECT_EQ(run_async(ask(url() + "/5", {"GET", "only-in-5"}))->text, "x");
    EXPECT_EQ(run_async(ask(url(), {"GET", "only-in-5"}))->type, kind::nil);
    EXPECT_EQ(refusal(url() + "/9999").code, errc::unreachable);
}

TEST_F(Redis, ConnectsThroughItsUnixSocketAndByName)
{
    auto const socket = fmt::format("unix://:{}@{}", server->password, server->socket().string());
    auto const by_socket = run_async(ask(socket, {"PING"}));
    EXPECT_TRUE(by_socket.has_value()) << by_socket.error().message;

    auto const named = fmt::format("redis://:{}@localhost:{}", server->password, server->port());
    auto const by_name = run_async(ask(named, {"PING"}));
    EXPECT_TRUE(by_name.has_value()) << by_name.error().message;
}

TEST_F(Redis, WrongOrMissingPasswordIsUnauthorised)
{
    auto const wrong = refusal(fmt::format("redis://:not-the-word@127.0.0.1:{}", server->port()));
    EXPECT_EQ(wrong.code, errc::unauthorised);
    EXPECT_EQ(wrong.detail, "WRONGPASS");
    EXPECT_EQ(wrong.message.find("not-the-word"), std::string::npos);
    EXPECT_NE(wrong.message.find(fmt::format("127.0.0.1:{}", server->port())), std::string::npos);

    auto const missing = refusal(fmt::format("redis://127.0.0.1:{}", server->port()));
    EXPECT_EQ(missing.code, errc::unauthorised);
    EXPECT_EQ(missing.detail, "NOAUTH");
}

TEST_F(Redis, RefusedConnectionIsUnreachable)
{
    auto const port = test::free_port();
    auto const f = refusal(fmt::format("redis://:secret@127.0.0.1:{}", port));

    EXPECT_EQ(f.code, errc::unreachable);
    EXPECT_NE(f.message.find(fmt::format("127.0.0.1:{}", port)), std::string::npos);
    EXPECT_EQ(f.message.find("secret"), std::string::npos);
    EXPECT_EQ(refusal("unix:///no/such.sock").code, errc::unreachable);
}

TEST_F(Redis, AddressThatCannotBeReadIsMalformed)
{
    for (auto const text :
         {"",
          "localhost:6379",
          "redis://",
          "redis://h/x",
          "redis://h:0",
          "rediss://h",
          "http://h",
          "unix://"})
    {
        EXPECT_EQ(refusal(text).code, errc::malformed) << text;
    }
}

TEST_F(Redis, ServerThatSpeaksAnotherProtocolIsUnreachable)
{
    test::scripted_server web{[](test::peer& client, std::size_t) {
        client.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        client.wait_for_close();
    }};

    EXPECT_EQ(refusal(fmt::format("redis://127.0.0.1:{}", web.port())).code, errc::unreachable);
}

static asio::awaitable<void> exceed_deadline(std::string url)
{
    auto store = co_await open(url);
    WT_CO_ASSERT(store.has_value());
    words block{"BLPOP", "never", "60"};
    auto const slow = co_await store->command(std::move(block), 50ms);
    WT_CO_ASSERT(slow.has_error());
    EXPECT_EQ(slow.error().code, errc::deadline_exceeded);
    EXPECT_FALSE(store->is_open());
    words ping{"PING"};
    auto const closed = co_await store->command(ping);
    EXPECT_EQ(closed.error().code, errc::connection_lost);
    auto const again = co_await store->reconnect(10s);
    EXPECT_TRUE(again.has_value());
    auto const pong = co_await store->command(ping);
    EXPECT_TRUE(pong.has_value());
}

TEST_F(Redis, CommandPastItsDeadlineDropsTheConnection)
{
    run_async(exceed_deadline(url()));
}

static asio::awaitable<void> block_on(redis& store, std::optional<failure>& out)
{
    words block{"BLPOP", "never", "60"};
    auto const reply = co_await store.command(std::move(block), 60s);
    if (reply.has_error()) out = reply.error();
}

static asio::awaitable<void> lose_server(std::string url, test::redis_server& server)
{
    auto store = co_await open(url);
    WT_CO_ASSERT(store.has_value());
    std::optional<failure> seen;
    auto const core = co_await asio::this_coro::executor;
    net::task_group group{core, 1};
    group.try_spawn(block_on(*store, seen));
    server.stop();
    co_await group.join();
    EXPECT_EQ(seen.value_or(failure{}).code, errc::connection_lost);
    auto const refused = co_await store->reconnect(10s);
    EXPECT_TRUE(refused.has_error());
    server.start();
    auto const again = co_await store->reconnect(10s);
    EXPECT_TRUE(again.has_value());
    words ping{"PING"};
    auto const pong = co_await store->command(std::move(ping));
    EXPECT_TRUE(pong.has_value());
}

TEST_F(Redis, ServerThatDiesInMidCommandIsALostConnectionAndReconnectHeals)
{
    run_async(lose_server(url(), *server));
}

} // namespace watertight::stores
