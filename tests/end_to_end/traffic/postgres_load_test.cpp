// How: a private PostgreSQL with a table of notes that several tenants share, under row-level
// security by the setting app.tenant. The role `app` is the application's; the policy is what a
// test makes it.
#include "harness/base/fatal.hpp"
#include "harness/stores/postgres.hpp"
#include "tests/end_to_end/traffic/world.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

namespace watertight::traffic {

static std::unique_ptr<test::postgres_server> server_of_suite;

static asio::awaitable<result<void>> run_script(std::string url, std::string text)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, url, 20s);
    if (db.has_error()) co_return db.error();
    auto const done = co_await db->script(text);
    if (done.has_error()) co_return done.error();
    co_return boost::system::in_place_value;
}

class PostgresLoad : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        server_of_suite = std::make_unique<test::postgres_server>();
        sql("create role app login password 'app'");
        sql("create table notes (id int primary key, tenant text not null, body text)");
        sql("grant select, insert, update on notes to app");
        sql("alter table notes enable row level security");
    }
    static void TearDownTestSuite() { server_of_suite.reset(); }

    void SetUp() override
    {
        sql("delete from notes");
        policy("tenant = current_setting('app.tenant', true)");
        for (auto const& [tenant, mine] : w.notes) {
            for (auto const& [id, text] : mine) {
                sql(fmt::format("insert into notes values ({}, '{}', '{}')", id, tenant, text));
            }
        }
        w.model.timeout = 20s;
        auto& store = w.model.postgres.emplace();
        store.url = server_of_suite->url();
        store.app_role_url =
            fmt::format("postgres://app:app@127.0.0.1:{}/postgres", server_of_suite->port());
        store.context = "app.tenant";
        store.tenant_value = words({"{tenant.slug}"}).front();
        add("all", "select id, body from notes order by id");
        add("one", "select body from notes where id = $1::int", {"{id}"}, "notes");
    }

    static std::vector<target::template_text> words(std::vector<std::string> texts)
    {
        std::vector<target::template_text> out;
        for (auto const& text : texts) {
            out.push_back(target::template_text::compile(text, target::escape::none));
        }
        return out;
    }

    void
    add(std::string name, std::string text, std::vector<std::string> args = {}, std::string of = {})
    {
        w.model.postgres->operations.push_back(
            {target::store_operation::kind::postgres,
             std::move(name),
             std::move(text),
             words(std::move(args)),
             std::move(of),
             {"shop.yaml", 12, 5}}
        );
    }

    static void sql(std::string const& text)
    {
        auto const done = test::run_async(run_script(server_of_suite->url(), text));
        if (!done) throw std::runtime_error{done.error().message};
    }

    static void policy(std::string const& rule)
    {
        sql("drop policy if exists by_tenant on notes");
        sql(fmt::format("create policy by_tenant on notes using ({0}) with check ({0})", rule));
    }

    static phase sending(std::string const& operation, double rate_per_s = 400)
    {
        auto p = steady_phase(rate_per_s, 1s);
        p.operations = {{"postgres." + operation, 1}};
        p.connections_max = 8;
        p.streams = 8;
        return p;
    }

    world w{4};
};

// That each tenant meets its own rows, and nobody any other's, on the one connection that all of
// them share is the proof that each transaction sets its own context.
TEST_F(PostgresLoad, ASoundPolicyShowsEachTenantItsOwnRowsOnOneConnection)
{
    auto p = sending("all");
    p.operations.emplace_back("postgres.one", 1);

    auto const r = w.drive({p});

    EXPECT_EQ(r.findings.size(), 0);
    EXPECT_EQ(r.connects, 1);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(wanted(r), 400);
    EXPECT_EQ(r.responses_scanned, r.tally.ok);
    EXPECT_GT(r.interleavings, r.tally.ok / 2);
    ASSERT_EQ(r.operations.size(), 2);
    EXPECT_EQ(r.operations[0].name, "postgres.all");
    EXPECT_EQ(r.operations[1].name, "postgres.one");
    EXPECT_EQ(r.operations[0].latency.count() + r.operations[1].latency.count(), r.tally.ok);
    for (auto const& t : r.tenants) EXPECT_EQ(t.own_seen, t.tally.ok) << t.slug;
}

TEST_F(PostgresLoad, APolicyThatIsAlwaysTrueIsALeak)
{
    policy("true");

    auto const r = w.drive({sending("all")});

    ASSERT_EQ(r.findings.size(), 1);
    auto const f = r.findings.sorted().front();
    EXPECT_EQ(f.kind, evidence::guarantee::confidentiality);
    EXPECT_EQ(f.channel, "postgres all");
    EXPECT_NE(f.victim, f.intruder);
    EXPECT_TRUE(f.token.starts_with(evidence::canary_prefix)) << f.token;
    ASSERT_EQ(f.exchanges.size(), 1);
    EXPECT_TRUE(f.exchanges[0].title.starts_with("postgres all as " + f.intruder))
        << f.exchanges[0].title;
    EXPECT_NE(f.exchanges[0].request.find(f.intruder), std::string::npos);
    EXPECT_NE(f.exchanges[0].response.find(f.token), std::string::npos);
}

static std::string output_of(std::string const& command)
{
    std::unique_ptr<std::FILE, decltype(&pclose)> const out{popen(command.c_str(), "r"), &pclose};
    std::string all;
    char piece[4096];
    while (auto const n = std::fread(piece, 1, sizeof piece, out.get())) all.append(piece, n);
    return all;
}

// As if it had been set for the session, once, and the connection were handed on.
TEST_F(PostgresLoad, AContextOfAnotherTenantIsALeakThatTheReproductionShows)
{
    w.model.postgres->tenant_value = words({"tenant-2"}).front();
    add("some", "select body from notes where body <> $1", {"O'Hara"});

    auto const r = w.drive({sending("some")});

    ASSERT_EQ(r.findings.size(), 1);
    auto const f = r.findings.sorted().front();
    EXPECT_EQ(f.pairs.size(), 3);
    for (auto const& [victim, intruder] : f.pairs) EXPECT_EQ(victim, "tenant-2") << intruder;
    ASSERT_TRUE(f.reproduction.starts_with("psql \"$POSTGRES_URL\" -c ")) << f.reproduction;
    auto const shown = output_of(
        fmt::format("export POSTGRES_URL='{}'; ", w.model.postgres->app_role_url) + f.reproduction
    );
    EXPECT_NE(shown.find(f.token), std::string::npos) << f.reproduction << '\n' << shown;
}

TEST_F(PostgresLoad, WhatARefusalTellsIsReadToo)
{
    add("raise", "select body::int from notes where id = 1");
    policy("true");

    auto const r = w.drive({sending("raise", 100)});

    EXPECT_EQ(errors(r, error_kind::status_4xx), r.tally.total());
    ASSERT_EQ(r.findings.size(), 1);
    EXPECT_EQ(r.findings.sorted().front().victim, "tenant-0");
}

TEST_F(PostgresLoad, ARefusedStatementDoesNotTouchThoseBehindIt)
{
    add("fails", "select 1 / (length($1) - length($1))", {"{tenant.slug}"});
    auto p = sending("all");
    p.operations.emplace_back("postgres.fails", 1);

    auto const r = w.drive({p});

    EXPECT_EQ(r.connects, 1);
    EXPECT_EQ(errors(r, error_kind::status_4xx), r.tally.failed());
    EXPECT_GT(r.tally.failed(), 100);
    EXPECT_GT(r.tally.ok, 100);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(PostgresLoad, WritesCarryACanaryOfTheirOwnAndAreCommitted)
{
    add("write",
        "update notes set body = $1 where tenant = $2 returning body",
        {"{canary}", "{tenant.slug}"});

    auto const r = w.drive({sending("write", 200), sending("all", 200)});

    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(r.findings.size(), 0);
    for (auto const& t : r.tenants) EXPECT_GT(t.own_seen, 0) << t.slug;
    EXPECT_GT(r.serial_end, w.how.serial_start);
}

TEST_F(PostgresLoad, AServerThatDiesIsErrorsUntilItIsBack)
{
    auto p = sending("all");
    p.duration = 4s;
    std::thread fault{[] {
        std::this_thread::sleep_for(1s);
        server_of_suite->stop();
        std::this_thread::sleep_for(500ms);
        server_of_suite->start();
    }};

    auto const begun = steady::now();
    auto const r = w.drive({p});
    auto const took = steady::now() - begun;
    fault.join();

    EXPECT_LT(took, 20s);
    EXPECT_EQ(wanted(r), 1600);
    EXPECT_GT(errors(r, error_kind::connect) + errors(r, error_kind::reset), 0);
    EXPECT_GE(r.connects, 2);
    EXPECT_GT(r.tally.ok, 400);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(PostgresLoad, ASilentServerIsATimeoutAndNotAHang)
{
    w.model.timeout = 300ms;
    add("sleep", "select pg_sleep(60)");
    auto p = sending("sleep", 20);

    auto const begun = steady::now();
    auto const r = w.drive({p});

    EXPECT_LT(steady::now() - begun, 10s);
    EXPECT_GT(errors(r, error_kind::timeout), 0);
    EXPECT_EQ(errors(r, error_kind::timeout), r.tally.total());
    EXPECT_GE(r.operations.at(0).latency.min(), 290ms);
}

TEST_F(PostgresLoad, AStopEndsItAtOnce)
{
    add("sleep", "select pg_sleep(60)");
    auto p = sending("sleep", 50);
    p.duration = 60s;
    std::stop_source stop;
    w.how.stop = stop.get_token();
    std::thread button{[&stop] {
        std::this_thread::sleep_for(500ms);
        stop.request_stop();
    }};

    auto const begun = steady::now();
    auto const r = w.drive({p});
    button.join();

    EXPECT_LT(steady::now() - begun, 10s);
    EXPECT_TRUE(r.interrupted);
}

TEST_F(PostgresLoad, AbandonedOperationsAreNoErrors)
{
    auto p = sending("all");
    p.abandon_share = 0.3;

    auto const r = w.drive({p});

    EXPECT_EQ(r.tally.failed(), 0);
    // How many depends on how soon answers come.
    EXPECT_GT(r.phases.at(0).abandoned, 0);
    EXPECT_EQ(wanted(r), 400);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(PostgresLoad, TenantsMayHaveConnectionsOfTheirOwn)
{
    auto p = sending("all");
    p.connections = connection_mode::per_tenant;

    auto const r = w.drive({p});

    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(r.interleavings, 0);
    EXPECT_GE(r.connects, 4);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(PostgresLoad, UsersOfAClosedLoopShareConnectionsByPipelining)
{
    auto p = sending("one");
    p.loop = closed_loop{.users = 16};
    p.connections_max = 16;
    p.streams = 8;

    auto const r = w.drive({p});

    EXPECT_EQ(r.connects, 2);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_GT(r.tally.ok, 500);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(PostgresLoad, StoreAndServiceAreDrivenAtOnce)
{
    server const s{
        [this](std::string_view head, std::string_view body) { return w.serve(head, body); }};
    auto p = sending("all");
    p.operations.emplace_back("notes.read", 1);

    auto const r = w.drive(s, {p});

    EXPECT_EQ(r.tally.failed(), 0);
    ASSERT_EQ(r.operations.size(), 2);
    EXPECT_EQ(r.operations[0].name, "notes.read");
    EXPECT_EQ(r.operations[0].tally.ok, s.served());
    EXPECT_EQ(r.operations[0].tally.ok + r.operations[1].tally.ok, 400);
    EXPECT_EQ(r.connects, s.connections() + 1);
}

static std::string what_is_wrong(world& w, phase const& p)
{
    try {
        w.drive({p});
    } catch (usage_error const& e) {
        return std::string{"usage: "} + e.what();
    } catch (run_error const& e) {
        return std::string{"run: "} + e.what();
    }
    return {};
}

TEST_F(PostgresLoad, AWrongStatementIsToldWithItsPlaceBeforeTheLoad)
{
    add("typo", "select bdoy from notes");

    EXPECT_EQ(
        what_is_wrong(w, sending("typo")),
        "usage: shop.yaml:12:5: stores.postgres.operations.typo: column \"bdoy\" does not exist"
    );
}

TEST_F(PostgresLoad, TooFewArgumentsAreToldBeforeTheLoad)
{
    add("few", "select body from notes where id = $1::int and tenant = $2", {"{id}"}, "notes");

    EXPECT_EQ(
        what_is_wrong(w, sending("few")),
        "usage: shop.yaml:12:5: stores.postgres.operations.few: the statement takes 2 arguments, "
        "but 1 is given"
    );
}

TEST_F(PostgresLoad, AWrongPasswordIsToldBeforeTheLoad)
{
    w.model.postgres->app_role_url =
        fmt::format("postgres://app:wrong@127.0.0.1:{}/postgres", server_of_suite->port());

    auto const said = what_is_wrong(w, sending("all"));

    EXPECT_TRUE(said.starts_with("run: cannot connect to postgres 127.0.0.1:")) << said;
    EXPECT_NE(said.find("password authentication failed"), std::string::npos) << said;
    EXPECT_EQ(said.find("wrong"), std::string::npos) << said;
}

} // namespace watertight::traffic
