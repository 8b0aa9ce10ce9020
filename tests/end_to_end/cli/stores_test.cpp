// How: a private PostgreSQL with two tenants that exist, listed in a file, and a scenario that has
// no target: the program drives the store alone.

#include "harness/base/text.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/verdict/result.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watertight::test {

static asio::awaitable<result<stores::postgres_rows>> run_script(std::string url, std::string sql)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, url, std::chrono::seconds{20});
    if (db.has_error()) co_return db.error();
    auto done = co_await db->script(sql);
    co_return done;
}

static constexpr std::string_view schema = R"(
drop table if exists docs;
do $$ begin create role app login password 'app'; exception when duplicate_object then end $$;
create table docs (id uuid primary key default gen_random_uuid(), tenant text, body text);
insert into docs values ('0b6f2c1e-93d4-4a7b-8f15-6d2e9a0c47b3', 'acme'),
                        ('7e41d9a8-5c02-4f3b-a6d7-1b8e30f95c24', 'zeta');
grant select, insert on docs to app;
alter table docs enable row level security;
create policy p on docs using ()";

static constexpr std::string_view people = R"(
- {slug: acme, id: acme, users: [{email: a@acme.test}],
   objects: {docs: [{id: 0b6f2c1e-93d4-4a7b-8f15-6d2e9a0c47b3}]}}
- {slug: zeta, id: zeta, users: [{email: z@zeta.test}],
   objects: {docs: [{id: 7e41d9a8-5c02-4f3b-a6d7-1b8e30f95c24}]}}
)";

static constexpr std::string_view scenario = R"yaml(watertight: 1
name: stores
tenants: {file: people.yaml}
resources: {docs: {}}
stores:
  postgres:
    url: ${DB}
    app_role_url: ${APP_DB}
    context: app.tenant
    operations:
      all: {sql: select id from docs}
      add:
        sql: insert into docs (tenant, body) values ($1, $2)
        args: ["{tenant.id}", "{canary}"]
      seen:
        sql: select body from docs where tenant = $1 order by id limit 9
        args: ["{tenant.id}"]
      one: {sql: "select id, tenant from docs where id = $1::uuid", args: ["{id}"], of: docs}
traffic:
  - name: direct
    for: 1s
    open: {rate: 200/s}
    operations: {postgres.all: 1, postgres.one: 1, postgres.add: 1, postgres.seen: 1}
criteria:
  - {id: fast, require: "latency.postgres.one.p95 < 5s", answers: A}
  - {id: good, require: "availability > 99%", answers: A}
  - {id: tight, require: "findings.confidentiality == 0", answers: A}
)yaml";

class CliStores : public testing::Test {
protected:
    static void SetUpTestSuite() { server = std::make_unique<postgres_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    void SetUp() override { write("people.yaml", people); }

    void write(std::string_view name, std::string_view content) const
    {
        auto const path = (folder.path() / name).string();
        ASSERT_TRUE(write_file(path, std::string{content}));
    }

    static void policy(std::string const& rule)
    {
        auto const sql = std::string{schema} + rule + ")";
        auto const done = run_async(run_script(server->url(), sql));
        ASSERT_TRUE(done) << done.error().message;
    }

    outcome load(std::string_view yaml, std::string const& password = "app") const
    {
        write("scenario.yaml", yaml);
        auto const at = fmt::format("127.0.0.1:{}/postgres", server->port());
        return run(
            {"watertight",
             "load",
             (folder.path() / "scenario.yaml").string(),
             "--out",
             folder.path().string(),
             "--quiet"},
            {{"DB", server->url()}, {"APP_DB", fmt::format("postgres://app:{}@{}", password, at)}}
        );
    }

    verdict::run_result result() const
    {
        auto const text = read_file((folder.path() / "result.json").string());
        if (text.has_error()) throw std::runtime_error{text.error().message};
        return verdict::from_json(*text).value();
    }

    static std::unique_ptr<postgres_server> server;
    temp_dir folder;
};

std::unique_ptr<postgres_server> CliStores::server;

TEST_F(CliStores, AScenarioOfStoresAloneIsDrivenAndJudged)
{
    policy("tenant = current_setting('app.tenant', true)");

    auto const o = load(scenario);

    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result();
    EXPECT_TRUE(r.findings.empty());
    EXPECT_TRUE(r.metrics.contains("latency.postgres.one.p95")) << o.output;
    EXPECT_TRUE(r.metrics.contains("latency.p95"));
    EXPECT_TRUE(r.metrics.contains("latency.postgres.all.p99"));
    EXPECT_EQ(r.metrics.at("availability"), 1) << o.output;
}

TEST_F(CliStores, ALeakingPolicyFailsTheRun)
{
    policy("true");

    auto const o = load(scenario);

    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result();
    ASSERT_EQ(r.findings.size(), 1);
    EXPECT_EQ(r.findings[0].channel, "postgres all");
    EXPECT_TRUE(r.findings[0].victim == "acme" || r.findings[0].victim == "zeta");
    EXPECT_EQ(o.output.find("app:app"), std::string::npos);
}

TEST_F(CliStores, AWrongStatementIsAUsageErrorWithItsPlace)
{
    policy("true");

    auto const o = load(replace_all(std::string{scenario}, "from docs}", "from dogs}"));

    EXPECT_EQ(o.code, 2) << o.output;
    EXPECT_NE(
        o.output.find(
            "scenario.yaml:11:12: stores.postgres.operations.all: relation \"dogs\" does not exist"
        ),
        std::string::npos
    ) << o.output;
}

TEST_F(CliStores, AWrongPasswordEndsTheRunBeforeItBegins)
{
    policy("true");

    auto const o = load(scenario, "not-it");

    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_NE(o.output.find("password authentication failed"), std::string::npos) << o.output;
    EXPECT_EQ(o.output.find("not-it"), std::string::npos) << o.output;
}

TEST_F(CliStores, AStoreElsewhereHasToBeConfirmed)
{
    auto const elsewhere = std::string{scenario} + "target: {allow: [db.invalid]}\n";
    write("scenario.yaml", elsewhere);

    auto const o =
        run({"watertight",
             "load",
             (folder.path() / "scenario.yaml").string(),
             "--out",
             folder.path().string()},
            {{"DB", "postgres://app@db.invalid/x"}, {"APP_DB", "postgres://app@db.invalid/x"}});

    EXPECT_EQ(o.code, 2) << o.output;
    EXPECT_NE(o.output.find("--confirm-host db.invalid"), std::string::npos) << o.output;
}

} // namespace watertight::test
