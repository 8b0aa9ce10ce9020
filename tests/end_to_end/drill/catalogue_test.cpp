#include "harness/base/clock.hpp"
#include "harness/drill/catalogue.hpp"
#include "tests/end_to_end/drill/item_service.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace watertight::drill {

// How: one private server for the suite; each test changes one thing of a guarded table.
class PostgresCatalogue : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        server_ = std::make_unique<test::postgres_server>();
        run("create role clerk login; create role owner_of_all");
    }
    static void TearDownTestSuite() { server_.reset(); }

    void SetUp() override
    {
        run("drop schema if exists shop cascade; create schema shop;"
            "create table shop.items (id int primary key, tenant_id int not null, name text);"
            "create index items_by_tenant on shop.items (tenant_id);"
            "alter table shop.items enable row level security;"
            "alter table shop.items force row level security;"
            "create policy own on shop.items using (tenant_id = 1);"
            "grant select, insert on shop.items to clerk;"
            "create view shop.names with (security_barrier) as select name from shop.items;"
            "create function shop.one() returns int language sql as 'select 1';"
            "alter role clerk nobypassrls");
        before_ = now();
    }

    static void run(std::string const& text) { test::sql(server_->url(), text); }

    static asio::awaitable<result<catalogue>> read(std::string url)
    {
        auto const core = co_await asio::this_coro::executor;
        auto db = co_await stores::postgres::connect(core, std::move(url), 10s);
        if (db.has_error()) co_return db.error();
        co_return co_await read_catalogue(*db);
    }

    static catalogue now()
    {
        auto out = test::run_async(read(server_->url())).value();
        EXPECT_TRUE(out.unread.empty()) << out.unread.front();
        return out;
    }

    /// What differs after the statements, a line each.
    std::string after(std::string const& text) const
    {
        run(text);
        std::string out;
        for (auto const& c : differences(before_, now(), {})) out += c.what + " " + c.how + "\n";
        return out;
    }

    inline static std::unique_ptr<test::postgres_server> server_;
    catalogue before_;
};

TEST_F(PostgresCatalogue, NothingDiffersWhenEverythingIsMadeAnew)
{
    EXPECT_EQ(
        after("drop policy own on shop.items; drop index shop.items_by_tenant;"
              "create index items_by_tenant on shop.items (tenant_id);"
              "create policy own on shop.items using (tenant_id = 1);"
              "insert into shop.items values (1, 1, 'one')"),
        ""
    );
}

TEST_F(PostgresCatalogue, APolicyByThatNameThatLetsEverythingThroughIsSeen)
{
    auto const seen =
        after("drop policy own on shop.items; create policy own on shop.items using (true)");

    EXPECT_NE(seen.find("policy shop.items.own was:"), std::string::npos) << seen;
    EXPECT_EQ(std::ranges::count(seen, '\n'), 1) << seen;
}

TEST_F(PostgresCatalogue, ForceThatIsForgottenIsSeen)
{
    EXPECT_EQ(
        after("alter table shop.items no force row level security"),
        "row security of shop.items was: enabled, forced; is: enabled, not forced\n"
    );
}

TEST_F(PostgresCatalogue, APrivilegeMoreIsSeen)
{
    EXPECT_EQ(
        after("grant delete on shop.items to clerk"),
        "privileges on shop.items of clerk was: insert, select; is: delete, insert, select\n"
    );
    EXPECT_NE(
        after("grant select (name) on shop.items to public").find("shop.items.name of public"),
        std::string::npos
    );
}

TEST_F(PostgresCatalogue, ARoleThatBypassesRowSecurityIsSeen)
{
    auto const seen = after("alter role clerk bypassrls; grant owner_of_all to clerk");

    EXPECT_NE(seen.find("role clerk was:"), std::string::npos) << seen;
    EXPECT_NE(seen.find("bypasses row security"), std::string::npos) << seen;
    EXPECT_NE(seen.find("membership of clerk in owner_of_all"), std::string::npos) << seen;
    run("revoke owner_of_all from clerk");
}

TEST_F(PostgresCatalogue, CommentsStatisticsAndWhoseASequenceIsAreSeen)
{
    run("create sequence shop.numbers owned by shop.items.id;"
        "comment on column shop.items.name is 'as printed'; comment on policy own on shop.items is "
        "'x';"
        "create statistics shop.both on id, tenant_id from shop.items;"
        "create publication feed for table shop.items");
    before_ = now();

    auto const seen =
        after("alter sequence shop.numbers owned by none;"
              "comment on column shop.items.name is null;"
              "drop statistics shop.both; alter publication feed drop table shop.items;"
              "alter table shop.items alter name set storage external");

    for (auto const* const line :
         {"sequence shop.numbers was:",
          "comment on table column shop.items.name is gone; it was: as printed",
          "statistics shop.both is gone",
          "publication feed was:",
          "column shop.items.name was: text; is: text storage e"})
    {
        EXPECT_NE(seen.find(line), std::string::npos) << line << "\n" << seen;
    }
    run("drop publication feed");
}

TEST_F(PostgresCatalogue, ASequenceOfTheApplicationsOwnThatGoesBackIsSeen)
{
    run("create sequence shop.invoices; select setval('shop.invoices', 900)");
    before_ = now();

    EXPECT_EQ(after("select nextval('shop.invoices')"), "");
    EXPECT_EQ(
        after("select setval('shop.invoices', 100)"),
        "position of sequence shop.invoices was 900; is 100: it goes back\n"
    );
}

TEST_F(PostgresCatalogue, IndexesConstraintsFunctionsTriggersAndViewOptionsAreSeen)
{
    auto const seen =
        after("drop index shop.items_by_tenant;"
              "alter table shop.items add constraint short check (length(name) < 9);"
              "alter view shop.names reset (security_barrier);"
              "create or replace function shop.one() returns int language sql security definer"
              " as 'select 1';"
              "alter default privileges in schema shop grant select on tables to clerk;"
              "alter table shop.items alter tenant_id set default 1");

    for (auto const* const line :
         {"index shop.items_by_tenant is gone",
          "constraint shop.items.short was not there",
          "view shop.names was: owned by postgres with security_barrier=true",
          "function shop.one() was:",
          "default privileges of postgres in shop on r was not there",
          "column shop.items.tenant_id was: integer not null; is: integer not null default 1"})
    {
        EXPECT_NE(seen.find(line), std::string::npos) << line << "\n" << seen;
    }
}

// How: a table of its own, since what is looked at here is what stands in it.
TEST_F(PostgresCatalogue, ASequenceThatWasSetBackIsSeen)
{
    run("create table shop.orders (id serial primary key, note text);"
        "insert into shop.orders (note) select 'n' from generate_series(1, 3)");
    before_ = now();

    auto const seen = after("select setval('shop.orders_id_seq', 2)");

    EXPECT_NE(
        seen.find("next value of sequence shop.orders_id_seq was not there; it is: not beyond "
                  "shop.orders.id"),
        std::string::npos
    ) << seen;
    EXPECT_EQ(after("select setval('shop.orders_id_seq', 3)"), "");
    EXPECT_EQ(after("insert into shop.orders (note) values ('n')"), "");
    EXPECT_NE(
        after("alter sequence shop.orders_id_seq increment 5").find("by 5"), std::string::npos
    );
}

TEST_F(PostgresCatalogue, AnIdentityColumnsSequenceIsLookedAtToo)
{
    run("create table shop.orders (id bigint generated by default as identity primary key);"
        "insert into shop.orders default values");
    before_ = now();

    EXPECT_NE(after("insert into shop.orders values (9)").find("next value of"), std::string::npos);
}

TEST_F(PostgresCatalogue, OrphansBehindAConstraintThatWasNotCheckedAreSeen)
{
    run("create table shop.orders (id int primary key);"
        "create table shop.lines (id int, of_order int references shop.orders);"
        "insert into shop.orders values (1), (2); insert into shop.lines values (1, 1), (2, 2)");
    before_ = now();

    auto const seen = after("set session_replication_role = replica; delete from shop.orders where "
                            "id = 2");

    EXPECT_NE(seen.find("orphans in shop.lines.of_order"), std::string::npos) << seen;
}

TEST_F(PostgresCatalogue, OrphansBehindNoConstraintAreSeenByTheColumnsName)
{
    run("create table shop.orders (id int primary key);"
        "create table shop.lines (id int, order_id int);"
        "insert into shop.orders values (1), (2); insert into shop.lines values (1, 1), (2, null)");
    before_ = now();

    EXPECT_EQ(after("delete from shop.orders where id = 2"), "");
    auto const seen = after("delete from shop.orders");

    EXPECT_NE(seen.find("references of shop.lines.order_id"), std::string::npos) << seen;
}

TEST_F(PostgresCatalogue, RowsThatComeToLeadToAnotherTenantsAreSeen)
{
    run("create table shop.orders (id int primary key, tenant_id int not null);"
        "create table shop.lines (id int, tenant_id int not null, of_order int"
        " references shop.orders);"
        "insert into shop.orders select n, 1 + n % 2 from generate_series(1, 10) n;"
        "insert into shop.lines select n, 1 + n % 2, n from generate_series(1, 10) n");
    before_ = now();

    EXPECT_EQ(after("insert into shop.lines values (11, 1, 2)"), "");
    auto const seen = after("update shop.lines set tenant_id = 2 where id = 4");

    EXPECT_NE(seen.find("references within a tenant of shop.lines.of_order"), std::string::npos)
        << seen;
}

// Where most rows do, it is meant.
TEST_F(PostgresCatalogue, RowsThatLedToAnotherTenantsBeforeAreNone)
{
    run("create table shop.orders (id int primary key, tenant_id int not null);"
        "create table shop.lines (id int, tenant_id int not null, of_order int"
        " references shop.orders);"
        "insert into shop.orders values (1, 7);"
        "insert into shop.lines select n, 1 + n % 2, 1 from generate_series(1, 10) n");
    before_ = now();

    EXPECT_EQ(after("insert into shop.lines values (11, 7, 1)"), "");
}

TEST_F(PostgresCatalogue, ChecksOfAConstraintThatAreOffAreSeen)
{
    run("create table shop.orders (id int primary key);"
        "create table shop.lines (id int, of_order int references shop.orders)");
    before_ = now();

    auto const seen = after("alter table shop.lines disable trigger all");

    EXPECT_NE(
        seen.find("checks of constraint shop.lines.lines_of_order_fkey was not there; it is: "
                  "disabled for"),
        std::string::npos
    ) << seen;
}

} // namespace watertight::drill
