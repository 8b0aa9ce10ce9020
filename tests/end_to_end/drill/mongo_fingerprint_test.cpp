#include "harness/drill/comparison.hpp"
#include "harness/drill/mongo_fingerprint.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace watertight::drill {

using document = stores::mongo_document;

// How: one private server for the suite; each test fills the collection anew.
class MongoFingerprint : public testing::Test {
protected:
    static void SetUpTestSuite() { server_ = std::make_unique<test::mongo_server>(); }
    static void TearDownTestSuite() { server_.reset(); }

    static asio::awaitable<result<stores::mongo>> open()
    {
        auto const core = co_await asio::this_coro::executor;
        co_return co_await stores::mongo::connect(core, server_->url(), 20s);
    }

    static asio::awaitable<void> refill(std::vector<document> all)
    {
        auto db = co_await open();
        WT_CO_ASSERT(db.has_value());
        stores::mongo_place const at{"shop", "items"};
        auto const dropped = co_await db->drop(at);
        WT_CO_ASSERT(dropped.has_value());
        auto const n = co_await db->insert(at, std::move(all));
        WT_CO_ASSERT(n.has_value());
    }

    static asio::awaitable<result<contents>> take(std::vector<std::string> collections)
    {
        auto db = co_await open();
        if (db.has_error()) co_return db.error();
        mongo_fingerprint_options o{"shop", std::move(collections), {}};
        co_return co_await take_contents(*db, std::move(o));
    }

    static contents now_with(std::vector<document> all)
    {
        test::run_async(refill(std::move(all)));
        return test::run_async(take({})).value();
    }

    static document item(int id, char const* name)
    {
        document out;
        out["_id"] = id;
        out["name"] = name;
        return out;
    }

    inline static std::unique_ptr<test::mongo_server> server_;
};

TEST_F(MongoFingerprint, TheOrderOfDocumentsDoesNotMatter)
{
    auto const before = now_with({item(1, "one"), item(2, "two")});
    auto const after = now_with({item(2, "two"), item(1, "one")});

    auto const seen = compare(before, after, 0);

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].object, "shop.items");
    EXPECT_EQ(seen[0].rows_before, 2U);
    EXPECT_TRUE(seen[0].equal) << seen[0].note;
}

TEST_F(MongoFingerprint, AFieldThatIsLeftOverIsTold)
{
    auto const before = now_with({item(1, "one"), item(2, "two")});
    auto changed = item(2, "two");
    changed["tenant_id"] = "tenant-default";
    auto const after = now_with({item(1, "one"), changed});

    auto const seen = compare(before, after, 9);

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_FALSE(seen[0].equal);
    EXPECT_NE(seen[0].note.find("1 row changed"), std::string::npos) << seen[0].note;
}

TEST_F(MongoFingerprint, TheTypeOfANumberMatters)
{
    auto as_long = item(1, "one");
    as_long["n"]["$numberLong"] = "5";
    auto as_int = item(1, "one");
    as_int["n"] = 5;

    auto const seen = compare(now_with({as_long}), now_with({as_int}), 0);

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_FALSE(seen[0].equal);
}

TEST_F(MongoFingerprint, WhatIsNotNamedIsLeftOut)
{
    now_with({item(1, "one")});

    EXPECT_EQ(test::run_async(take({"shop.items"})).value().size(), 1U);
    EXPECT_TRUE(test::run_async(take({"shop.others"})).value().empty());
}

} // namespace watertight::drill
