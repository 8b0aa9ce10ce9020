#include "harness/drill/comparison.hpp"
#include "harness/drill/fingerprint.hpp"
#include "tests/end_to_end/drill/item_service.hpp"
#include "tests/support/postgres_suite.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace watertight::drill {

// How: one private server for the suite; each test makes its own schema.
class DrillFingerprint : public test::postgres_suite<DrillFingerprint> {
protected:
    void SetUp() override
    {
        run("drop schema if exists shop cascade; create schema shop;"
            "create table shop.items (id int primary key, name text, price float8);"
            "insert into shop.items values (1, 'one', 0.1), (2, null, 1e300), (3, 'three', 'nan')");
    }

    static void run(std::string const& text) { test::sql(server_->url(), text); }

    static asio::awaitable<result<contents>> take(std::string url, std::vector<std::string> tables)
    {
        auto const core = co_await asio::this_coro::executor;
        auto db = co_await stores::postgres::connect(core, std::move(url), 10s);
        if (db.has_error()) co_return db.error();
        fingerprint_options o;
        o.tables = std::move(tables);
        co_return co_await take_contents(*db, std::move(o));
    }

    static contents now(std::vector<std::string> tables = {"shop.items"})
    {
        return test::run_async(take(server_->url(), std::move(tables))).value();
    }
};

TEST_F(DrillFingerprint, TheOrderOfRowsAndColumnsDoesNotMatter)
{
    auto const before = now();
    run("alter table shop.items rename to old;"
        "create table shop.items (price float8, name text, id int primary key);"
        "insert into shop.items select price, name, id from shop.old order by id desc;"
        "drop table shop.old");

    auto const seen = compare(before, now(), 0);

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].object, "shop.items");
    EXPECT_EQ(seen[0].rows_before, 3U);
    EXPECT_TRUE(seen[0].equal) << seen[0].note;
}

TEST_F(DrillFingerprint, WhoNamesAPartitionedTableMeansItsParts)
{
    run("create table shop.log (id int, day date, primary key (id, day)) partition by range (day);"
        "create table shop.log_1 partition of shop.log for values from ('2026-01-01') to "
        "('2026-02-01'); insert into shop.log values (1, '2026-01-05')");

    auto const seen = now({"shop.log"});

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen.at("shop.log_1").whole.all.rows, 1U);
    EXPECT_EQ(seen.at("shop.log_1").part_of, std::vector<std::string>({"shop.log_1", "shop.log"}));
}

TEST_F(DrillFingerprint, ASwapOfTwoValuesIsSeen)
{
    auto const before = now();
    run("update shop.items set name = case id when 1 then 'three' else 'one' end where id <> 2");

    auto const seen = compare(before, now(), 0);

    EXPECT_FALSE(seen.at(0).equal);
    EXPECT_EQ(seen.at(0).note, "2 rows changed: (1), (3)");
}

TEST_F(DrillFingerprint, EachTenantsRowsAreSummedByTheColumnThatNamesIt)
{
    run("create table shop.notes (id int primary key, workspace_id int, tenant_id int, body text);"
        "create table shop.tenants (id int primary key);"
        "insert into shop.tenants values (1), (2);"
        "insert into shop.notes values (1, 9, 1, 'a'), (2, 9, 1, 'b'), (3, 9, 2, 'c'),"
        " (4, 9, null, 'd')");
    auto const before = now({"shop.notes"});
    run("update shop.notes set tenant_id = 1 where id = 3");

    auto const& whole = before.at("shop.notes").whole;
    EXPECT_EQ(whole.tenant_by, "tenant_id");
    EXPECT_EQ(whole.tenants.at("1").rows, 2U);
    EXPECT_EQ(whole.tenants.at(std::nullopt).rows, 1U);
    auto const seen = compare(before, now({"shop.notes"}), 0);
    EXPECT_EQ(
        seen.at(0).note,
        "1 row changed: (3); of another tenant now: (3); by tenant: 1 2 -> 3, 2 1 -> 0"
    );
}

TEST_F(DrillFingerprint, NullAndEmptyAreDifferent)
{
    auto const before = now();
    run("update shop.items set name = '' where id = 2");

    EXPECT_FALSE(compare(before, now(), 0).at(0).equal);
}

TEST_F(DrillFingerprint, ATableWithoutAKeyCountsItsDuplicates)
{
    run("create table shop.log (line text); insert into shop.log values ('a'), ('a'), ('b')");
    auto const before = now({"shop.log"});
    run("delete from shop.log where ctid = (select min(ctid) from shop.log where line = 'a')");

    auto const seen = compare(before, now({"shop.log"}), 5);

    EXPECT_FALSE(seen.at(0).equal);
    EXPECT_EQ(seen.at(0).rows_after, 2U);
}

TEST_F(DrillFingerprint, WithoutAListItTakesEveryOrdinaryTable)
{
    run("create table shop.empty (); create view shop.v as select 1;"
        "create table shop.parts (n int) partition by range (n);"
        "create table shop.part1 partition of shop.parts for values from (0) to (10)");

    auto const all = now({});

    EXPECT_TRUE(all.contains("shop.items"));
    EXPECT_TRUE(all.contains("shop.empty"));
    EXPECT_TRUE(all.contains("shop.part1"));
    EXPECT_FALSE(all.contains("shop.parts"));
    EXPECT_FALSE(all.contains("shop.v"));
    EXPECT_FALSE(all.contains("pg_catalog.pg_class"));
}

TEST_F(DrillFingerprint, RowsHiddenByAPolicyAreAFailureNotAnEmptyTable)
{
    run("drop role if exists clerk; create role clerk login password 'pen';"
        "grant usage on schema shop to clerk; grant select on shop.items to clerk;"
        "alter table shop.items enable row level security");
    auto url = server_->url();
    url.replace(url.find("postgres:open%20sesame"), 22, "clerk:pen");

    auto const taken = test::run_async(take(url, {"shop.items"}));

    run("drop owned by clerk; drop role clerk");
    ASSERT_TRUE(taken.has_error());
    EXPECT_NE(taken.error().message.find("row-level security"), std::string::npos)
        << taken.error().message;
}

} // namespace watertight::drill
