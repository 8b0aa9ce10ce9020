// How: a private PostgreSQL with the private PgBouncer in front of it, one server connection behind
// two clients, so that what the first leaves on it meets the second.
#include "harness/stores/postgres.hpp"
#include "scenarios/lab/core/pgbouncer.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

namespace watertight::lab {

using namespace std::chrono_literals;
using test::run_async;

class Pgbouncer : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        folder = std::make_unique<temporary_folder>("watertight-pooler");
        server = std::make_unique<private_postgres>(folder->path());
        server->start();
        run_async(make_role());
        pooler_options options{{{"tenant_app", "secret"}, {"absent", "secret"}}, 1};
        pooler = std::make_unique<private_pgbouncer>(folder->path(), *server, std::move(options));
        run_async(pooler->ready("postgres"));
    }
    static void TearDownTestSuite()
    {
        pooler.reset();
        server.reset();
        folder.reset();
    }

    static asio::awaitable<void> make_role()
    {
        co_await server->ready();
        auto const core = co_await asio::this_coro::executor;
        auto db = co_await stores::postgres::connect(core, server->superuser_url("postgres"), 10s);
        WT_CO_ASSERT(db);
        auto const made = co_await db->script("CREATE ROLE tenant_app LOGIN PASSWORD 'secret'");
        WT_CO_ASSERT(made);
    }

    static std::unique_ptr<temporary_folder> folder;
    static std::unique_ptr<private_postgres> server;
    static std::unique_ptr<private_pgbouncer> pooler;
};

std::unique_ptr<temporary_folder> Pgbouncer::folder;
std::unique_ptr<private_postgres> Pgbouncer::server;
std::unique_ptr<private_pgbouncer> Pgbouncer::pooler;

// The first client runs `left`; what the second then reads on the shared connection.
static asio::awaitable<std::string> seen_by_second(std::string url, std::string left)
{
    auto const core = co_await asio::this_coro::executor;
    auto first = co_await stores::postgres::connect(core, url, 10s);
    auto second = co_await stores::postgres::connect(core, url, 10s);
    if (!first || !second) co_return "no connection";
    auto const pid = co_await first->query("SELECT pg_backend_pid()");
    auto const done = co_await first->script(std::move(left));
    auto const theirs = co_await second->query(
        "SELECT pg_backend_pid(), coalesce(current_setting('app.who', true), '')"
    );
    if (!pid || !done || !theirs) co_return "a statement failed";
    auto const shared = pid->values[0][0] == theirs->values[0][0];
    if (!shared) co_return "another server connection";
    auto const cleaned = co_await second->script("RESET ALL");
    if (!cleaned) co_return "not reset";
    co_return theirs->values[0][1].value();
}

TEST_F(Pgbouncer, SharesOneServerConnectionBetweenClients)
{
    EXPECT_EQ(run_async(seen_by_second(pooler->url("tenant_app", "postgres"), "SELECT 1")), "");
}

TEST_F(Pgbouncer, LeavesASessionSettingForWhoeverComesNext)
{
    auto const seen =
        run_async(seen_by_second(pooler->url("tenant_app", "postgres"), "SET app.who = 'first'"));

    EXPECT_EQ(seen, "first");
}

TEST_F(Pgbouncer, ForgetsASettingThatWasLocalToItsTransaction)
{
    auto const seen = run_async(seen_by_second(
        pooler->url("tenant_app", "postgres"), "BEGIN; SET LOCAL app.who = 'first'; COMMIT"
    ));

    EXPECT_EQ(seen, "");
}

static asio::awaitable<bool> can_connect(std::string url)
{
    auto const core = co_await asio::this_coro::executor;
    auto const db = co_await stores::postgres::connect(core, std::move(url), 10s);
    co_return db.has_value();
}

TEST_F(Pgbouncer, RefusesAWrongPassword)
{
    auto url = pooler->url("tenant_app", "postgres");
    url.replace(url.find("secret"), 6, "wrong");

    EXPECT_FALSE(run_async(can_connect(std::move(url))));
}

TEST_F(Pgbouncer, RefusesAUserWhomTheServerDoesNotKnow)
{
    EXPECT_FALSE(run_async(can_connect(pooler->url("absent", "postgres"))));
}

} // namespace watertight::lab
