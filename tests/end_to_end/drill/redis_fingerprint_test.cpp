#include "harness/base/clock.hpp"
#include "harness/drill/catalogue.hpp"
#include "harness/drill/comparison.hpp"
#include "harness/drill/redis_fingerprint.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace watertight::drill {

using commands = std::vector<std::vector<std::string>>;

// How: one private server for the suite; each test fills it anew.
class RedisFingerprint : public testing::Test {
protected:
    static void SetUpTestSuite() { server_ = std::make_unique<test::redis_server>(); }
    static void TearDownTestSuite() { server_.reset(); }

    static asio::awaitable<result<stores::redis>> open()
    {
        auto const core = co_await asio::this_coro::executor;
        co_return co_await stores::redis::connect(core, server_->url(), 10s);
    }

    static asio::awaitable<void> send(commands all)
    {
        auto db = co_await open();
        WT_CO_ASSERT(db.has_value());
        auto const done = co_await db->pipeline(std::move(all));
        WT_CO_ASSERT(done.has_value());
    }

    static asio::awaitable<result<contents>> take(std::vector<std::string> patterns)
    {
        auto db = co_await open();
        if (db.has_error()) co_return db.error();
        redis_fingerprint_options o{std::move(patterns), {}};
        co_return co_await take_contents(*db, std::move(o));
    }

    static asio::awaitable<result<catalogue>> read_shape()
    {
        auto db = co_await open();
        if (db.has_error()) co_return db.error();
        co_return co_await read_catalogue(*db);
    }

    static contents now_with(commands all, std::vector<std::string> patterns = {})
    {
        all.insert(all.begin(), {"FLUSHALL"});
        test::run_async(send(std::move(all)));
        return test::run_async(take(std::move(patterns))).value();
    }

    inline static std::unique_ptr<test::redis_server> server_;
};

TEST_F(RedisFingerprint, TheOrderOfMembersDoesNotMatterWhereThereIsNone)
{
    auto const before = now_with(
        {{"SADD", "tenant:a:tags", "x", "y"}, {"HSET", "tenant:a:conf", "p", "1", "q", "2"}}
    );
    auto const after = now_with(
        {{"HSET", "tenant:a:conf", "q", "2", "p", "1"}, {"SADD", "tenant:a:tags", "y", "x"}}
    );

    for (auto const& print : compare(before, after, 0)) EXPECT_TRUE(print.equal) << print.note;
    EXPECT_EQ(before.size(), 2U);
}

TEST_F(RedisFingerprint, AChangedValueIsToldByTenant)
{
    auto const before = now_with({{"SET", "tenant:a:conf", "1"}, {"SET", "tenant:b:conf", "2"}});
    auto const after = now_with({{"SET", "tenant:a:conf", "1"}, {"SET", "tenant:b:conf", "3"}});

    auto const seen = compare(before, after, 9);

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_FALSE(seen[0].equal);
    EXPECT_EQ(seen[0].object, "tenant:*:conf");
    EXPECT_EQ(seen[0].note, "1 row changed: tenant:b:conf; by tenant: b changed, of 1 row");
}

TEST_F(RedisFingerprint, WhatExpiresIsExcusedButToldApartFromWhatStays)
{
    auto const before = now_with({{"SET", "tenant:a:user:7", "v1", "EX", "300"}});
    auto const after = now_with({});

    auto const seen = compare(before, after, 0);

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(seen[0].equal);
    EXPECT_EQ(seen[0].object, "tenant:*:user:* (expiring)");
    EXPECT_FALSE(compare(now_with({{"SET", "tenant:a:user:7", "v1"}}), now_with({}), 0)[0].equal);
}

TEST_F(RedisFingerprint, OnlyKeysThatFitAreRead)
{
    EXPECT_EQ(now_with({{"SET", "a:1", "x"}, {"SET", "b:1", "x"}}, {"b:*"}).size(), 1U);
}

TEST_F(RedisFingerprint, AnAccountThatReachesMoreIsADifferenceOfTheCatalogue)
{
    commands const made{{"ACL", "SETUSER", "a", "on", ">word", "~tenant:a:*", "+get"}};
    test::run_async(send(made));
    auto const before = test::run_async(read_shape()).value();
    commands const widened{{"ACL", "SETUSER", "a", "allkeys"}};
    test::run_async(send(widened));

    auto const seen = differences(before, test::run_async(read_shape()).value(), {});

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].what, "account a");
    EXPECT_NE(seen[0].how.find("~tenant:a:*"), std::string::npos) << seen[0].how;
    // The password's hash is kept to itself.
    EXPECT_EQ(
        seen[0].how.find("98c1eb4ee93476743763878fcb96a25fbc9a175074d64004779ecb5242f645e6"),
        std::string::npos
    );
}

} // namespace watertight::drill
