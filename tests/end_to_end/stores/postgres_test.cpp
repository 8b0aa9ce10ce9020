// How: a private PostgreSQL for the whole suite; the tests that kill it start it again.
#include "harness/base/clock.hpp"
#include "harness/net/task_group.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/postgres_listener.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace watertight::stores {

using test::run_async;

class Postgres : public testing::Test {
protected:
    static void SetUpTestSuite() { server = std::make_unique<test::postgres_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    static std::string url() { return server->url(); }
    static std::string url_with(std::string const& user, std::string const& password)
    {
        return fmt::format(
            "postgres://{}:{}@127.0.0.1:{}/postgres", user, password, server->port()
        );
    }

    static std::unique_ptr<test::postgres_server> server;
};

std::unique_ptr<test::postgres_server> Postgres::server;

static asio::awaitable<result<postgres>>
open(std::string url, std::chrono::nanoseconds budget = 60s)
{
    auto const core = co_await asio::this_coro::executor;
    auto opened = co_await postgres::connect(core, std::move(url), budget);
    co_return opened;
}

static asio::awaitable<result<postgres_rows>>
ask(std::string url,
    std::string sql,
    std::vector<std::optional<std::string>> parameters = {},
    std::chrono::nanoseconds budget = 60s)
{
    auto db = co_await open(std::move(url));
    if (db.has_error()) co_return db.error();
    auto rows = co_await db->query(std::move(sql), std::move(parameters), budget);
    co_return rows;
}

static failure refusal(std::string url)
{
    auto const opened = run_async(open(std::move(url)));
    return opened.has_error() ? opened.error() : failure{};
}

TEST_F(Postgres, ReturnsRowsAsText)
{
    auto const rows = run_async(ask(url(), "select 1 as one, 'ä' as two, true as three"));

    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    EXPECT_EQ(rows->columns, (std::vector<std::string>{"one", "two", "three"}));
    ASSERT_EQ(rows->values.size(), 1U);
    EXPECT_EQ(rows->values[0], (std::vector<std::optional<std::string>>{"1", "ä", "t"}));
    EXPECT_EQ(rows->affected, 1U);
}

TEST_F(Postgres, TellsNullFromEmptyInBothDirections)
{
    std::vector<std::optional<std::string>> const in{std::nullopt, ""};
    auto const rows = run_async(ask(url(), "select $1::text, $2::text, $1 is null, $2 = ''", in));

    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    EXPECT_EQ(
        rows->values[0], (std::vector<std::optional<std::string>>{std::nullopt, "", "t", "t"})
    );
}

TEST_F(Postgres, CarriesAnAnswerAndAParameterOfManyMegabytes)
{
    std::string const big(8'000'000, 'x');
    auto const rows = run_async(ask(url(), "select $1::text || 'y'", {big}));

    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    EXPECT_EQ(rows->values[0][0]->size(), big.size() + 1);
}

static asio::awaitable<void> write_and_count(std::string url)
{
    auto db = co_await open(std::move(url));
    WT_CO_ASSERT(db.has_value());
    std::string const setup = "create temp table t (n int); insert into t values (1), (2); "
                              "select n from t order by n";
    auto const rows = co_await db->script(setup);
    WT_CO_ASSERT(rows.has_value());
    EXPECT_EQ(rows->values.size(), 2U);
    auto const updated = co_await db->query("update t set n = n + 1");
    WT_CO_ASSERT(updated.has_value());
    EXPECT_EQ(updated->affected, 2U);
    EXPECT_TRUE(updated->values.empty());
    auto const nothing = co_await db->query("");
    EXPECT_TRUE(nothing.has_value());
}

TEST_F(Postgres, RunsScriptsAndCountsAffectedRows)
{
    run_async(write_and_count(url()));
}

static asio::awaitable<void> fail_and_go_on(std::string url)
{
    auto db = co_await open(std::move(url));
    WT_CO_ASSERT(db.has_value());
    auto const wrong = co_await db->query("select * from no_such_table");
    WT_CO_ASSERT(wrong.has_error());
    EXPECT_EQ(wrong.error().code, errc::rejected);
    EXPECT_EQ(wrong.error().detail, "42P01");
    EXPECT_NE(wrong.error().message.find("no_such_table"), std::string::npos);
    EXPECT_NE(wrong.error().message.find(db->where()), std::string::npos);
    auto const scripted = co_await db->script("select 1; select 1/0; select 2");
    WT_CO_ASSERT(scripted.has_error());
    EXPECT_EQ(scripted.error().detail, "22012");
    auto const two = co_await db->query("select 1; select 2");
    EXPECT_TRUE(two.has_error());
    auto const right = co_await db->query("select 1");
    EXPECT_TRUE(right.has_value());
    EXPECT_TRUE(db->is_open());
}

TEST_F(Postgres, StatementErrorCarriesItsSqlstateAndLeavesTheConnectionUsable)
{
    run_async(fail_and_go_on(url()));
}

static asio::awaitable<void> copy_both_ways(std::string url)
{
    auto db = co_await open(std::move(url));
    WT_CO_ASSERT(db.has_value());
    auto const out = co_await db->script("copy (select 1, 'a' union all select 2, null) to stdout");
    WT_CO_ASSERT(out.has_value());
    WT_CO_ASSERT(out->values.size() == 2U);
    EXPECT_EQ(out->values[0][0], "1\ta");
    EXPECT_EQ(out->values[1][0], "2\t\\N");
    std::string const into = "create temp table c (n int); copy c from stdin";
    auto const in = co_await db->script(into);
    WT_CO_ASSERT(in.has_value());
    EXPECT_EQ(in->affected, 0U);
    auto const broken =
        co_await db->script("copy (select 1 / (2 - n) from generate_series(1, 2) n) to stdout");
    WT_CO_ASSERT(broken.has_error());
    EXPECT_EQ(broken.error().detail, "22012");
    auto const after = co_await db->query("select 7");
    WT_CO_ASSERT(after.has_value());
    EXPECT_EQ(after->values[0][0], "7");
}

TEST_F(Postgres, CopyGivesLinesAndTakesNothing)
{
    run_async(copy_both_ways(url()));
}

TEST_F(Postgres, WrongPasswordIsUnauthorisedAndNotRepeated)
{
    auto const f = refusal(url_with("postgres", "not-the-word"));

    EXPECT_EQ(f.code, errc::unauthorised) << f.message;
    EXPECT_EQ(f.detail, "28P01");
    auto const where = fmt::format("postgres 127.0.0.1:{}/postgres as postgres", server->port());
    EXPECT_NE(f.message.find(where), std::string::npos) << f.message;
    EXPECT_EQ(f.message.find("not-the-word"), std::string::npos) << f.message;
    EXPECT_EQ(f.message.find('\n'), std::string::npos) << f.message;
}

TEST_F(Postgres, MissingPasswordIsUnauthorised)
{
    auto const bare = fmt::format("postgres://postgres@127.0.0.1:{}/postgres", server->port());

    EXPECT_EQ(refusal(bare).code, errc::unauthorised);
}

TEST_F(Postgres, MissingDatabaseIsUnreachable)
{
    auto const f = refusal(
        fmt::format("postgres://postgres:open%20sesame@localhost:{}/nowhere", server->port())
    );

    EXPECT_EQ(f.code, errc::unreachable) << f.message;
    EXPECT_EQ(f.detail, "3D000") << f.message;
}

TEST_F(Postgres, ConnectsThroughItsUnixSocketAndByName)
{
    auto const folder = server->folder().string();
    auto const text = fmt::format(
        "host={} port={} user=postgres password='open sesame' dbname=postgres",
        folder,
        server->port()
    );
    auto const by_socket = run_async(ask(text, "select 1"));
    EXPECT_TRUE(by_socket.has_value()) << by_socket.error().message;

    auto const named =
        fmt::format("postgres://postgres:open%20sesame@localhost:{}/postgres", server->port());
    auto const by_name = run_async(ask(named, "select 1"));
    EXPECT_TRUE(by_name.has_value()) << by_name.error().message;
}

TEST_F(Postgres, RefusedConnectionIsUnreachable)
{
    auto const port = test::free_port();
    auto const f = refusal(fmt::format("postgres://u:secret@127.0.0.1:{}/d", port));

    EXPECT_EQ(f.code, errc::unreachable);
    EXPECT_NE(f.message.find(fmt::format("127.0.0.1:{}/d as u", port)), std::string::npos)
        << f.message;
    EXPECT_EQ(f.message.find("secret"), std::string::npos);
}

TEST_F(Postgres, SilentServerEndsWithTheBudget)
{
    test::scripted_server silent{[](test::peer& client, std::size_t) { client.wait_for_close(); }};
    auto const url = fmt::format("postgres://u:secret@127.0.0.1:{}/d", silent.port());
    auto const opened = run_async(open(url, 50ms));

    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().code, errc::deadline_exceeded) << opened.error().message;
}

TEST_F(Postgres, AddressThatCannotBeReadIsNotRepeated)
{
    auto const f = refusal("postgres://u:sec%ret@h/d");

    EXPECT_EQ(f.code, errc::malformed);
    EXPECT_EQ(f.message.find("ret"), std::string::npos) << f.message;
}

static asio::awaitable<void> exceed_deadline(std::string url)
{
    auto db = co_await open(url);
    WT_CO_ASSERT(db.has_value());
    auto const begin = steady::now();
    auto const slow = co_await db->query("select pg_sleep(60) /* abandoned */", {}, 100ms);
    WT_CO_ASSERT(slow.has_error());
    EXPECT_EQ(slow.error().code, errc::deadline_exceeded);
    EXPECT_LT(steady::now() - begin, 50s);
    EXPECT_FALSE(db->is_open());
    auto const gone = co_await db->query("select 1");
    EXPECT_EQ(gone.error().code, errc::connection_lost);
    auto const again = co_await db->reconnect(10s);
    WT_CO_ASSERT(again.has_value());
    // The server has to be rid of the statement too.
    auto const core = co_await asio::this_coro::executor;
    asio::steady_timer pause{core};
    std::string left = "1";
    for (int tries = 0; left != "0" && tries < 100; ++tries) {
        auto const rows = co_await db->query(
            "select count(*) from pg_stat_activity where query like '%abandoned%' and "
            "pid <> pg_backend_pid()"
        );
        WT_CO_ASSERT(rows.has_value());
        left = *rows->values[0][0];
        pause.expires_after(50ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
    EXPECT_EQ(left, "0");
}

TEST_F(Postgres, StatementPastItsDeadlineIsCancelledOnTheServer)
{
    run_async(exceed_deadline(url()));
}

static asio::awaitable<void> sleep_on(postgres& db, std::optional<failure>& out)
{
    auto const rows = co_await db.query("select pg_sleep(60)", {}, 60s);
    if (rows.has_error()) out = rows.error();
}

static asio::awaitable<void> lose_server(std::string url, test::postgres_server& server)
{
    auto db = co_await open(url);
    WT_CO_ASSERT(db.has_value());
    auto const core = co_await asio::this_coro::executor;
    std::optional<failure> seen;
    net::task_group group{core, 1};
    group.try_spawn(sleep_on(*db, seen));
    server.stop();
    co_await group.join();
    EXPECT_TRUE(seen.has_value());
    EXPECT_EQ(seen.value_or(failure{}).code, errc::connection_lost);
    auto const refused = co_await db->reconnect(10s);
    EXPECT_TRUE(refused.has_error());
    server.start();
    auto const again = co_await db->reconnect(10s);
    EXPECT_TRUE(again.has_value());
    auto const rows = co_await db->query("select 1");
    EXPECT_TRUE(rows.has_value());
}

TEST_F(Postgres, ServerThatDiesInMidQueryIsALostConnectionAndReconnectHeals)
{
    run_async(lose_server(url(), *server));
}

static asio::awaitable<void> cancel_query(std::string url)
{
    auto db = co_await open(url);
    WT_CO_ASSERT(db.has_value());
    auto const core = co_await asio::this_coro::executor;
    std::optional<failure> seen;
    net::task_group group{core, 1};
    group.try_spawn(sleep_on(*db, seen));
    group.cancel();
    co_await group.join();
    EXPECT_FALSE(seen.has_value());
    EXPECT_FALSE(db->is_open());
}

TEST_F(Postgres, CancellationPassesThrough)
{
    run_async(cancel_query(url()));
}

TEST_F(Postgres, QuotedTextAndNamesSurviveTheServer)
{
    for (std::string const text : {"plain", "it's", "back\\slash", "\\'; drop table x; --", ""}) {
        auto const rows = run_async(
            ask(url(), "select " + quote_literal(text) + " as " + quote_identifier("a\"b" + text))
        );
        ASSERT_TRUE(rows.has_value()) << rows.error().message;
        EXPECT_EQ(rows->values[0][0], text);
        EXPECT_EQ(rows->columns[0], "a\"b" + text);
    }
}

static asio::awaitable<result<std::vector<postgres_notice>>> hear(std::string url)
{
    std::vector<std::string> const channels{"here"};
    auto ear = co_await postgres_listener::open(url, channels, 20s);
    auto other = co_await open(url);
    if (ear.has_error() || other.has_error()) co_return failure{errc::unreachable, "", {}};
    static_cast<void>(co_await other->script("notify here, 'something'; notify there, 'else'"));
    auto told = co_await ear->take(20s);
    co_return told;
}

TEST_F(Postgres, WhoListensIsToldWhatItListensTo)
{
    auto const told = run_async(hear(url())).value();

    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].channel, "here");
    EXPECT_EQ(told[0].payload, "something");
}

} // namespace watertight::stores
