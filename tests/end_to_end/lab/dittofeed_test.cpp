// How: the dittofeed dialect as its clients and its stores see it.
#include "harness/net/endpoint.hpp"
#include "harness/net/http_connection.hpp"
#include "harness/net/task_group.hpp"
#include "tests/end_to_end/lab/lab_process.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watertight::test {

namespace {

struct member {
    std::string workspace;
    std::string token;
};

class dittofeed : public lab_process {
public:
    explicit dittofeed(std::vector<std::string> faults = {})
        : lab_process(arguments(faults), "DITTOFEED")
    {
    }

    member make_workspace(std::string const& slug, int segments = 100)
    {
        json const admin{{"email", "admin@" + slug + ".example"}, {"password", good_password}};
        auto const made = send({
            .method = "POST",
            .target = "/api/admin/workspaces",
            .token = admin_token(),
            .body =
                {{"name", slug},
                 {"slug", slug},
                 {"quotas", {{"segments", segments}}},
                 {"admin", admin}},
        });
        EXPECT_EQ(made.status, 201) << made.text;
        std::string const id = made.body["id"];
        auto const session = send({
            .method = "POST",
            .target = "/api/session",
            .body = admin,
            .extra = {{"X-Workspace-Id", id}},
        });
        EXPECT_EQ(session.status, 200) << session.text;
        return {id, session.body["token"]};
    }

    lab_reply
    as(member const& who, std::string const& method, std::string const& target, json body = {})
    {
        return send({
            .method = method,
            .target = target,
            .token = who.token,
            .body = std::move(body),
            .extra = {{"X-Workspace-Id", who.workspace}},
        });
    }

    lab_reply operate(std::string const& what, json body)
    {
        return send({
            .method = "POST",
            .target = "/api/admin/" + what,
            .token = admin_token(),
            .body = std::move(body),
        });
    }

private:
    static std::vector<std::string> arguments(std::vector<std::string> const& faults)
    {
        std::vector<std::string> out{"--dialect", "dittofeed"};
        for (auto const& f : faults) out.insert(out.end(), {"--fault", f});
        return out;
    }
};

} // namespace

TEST(Dittofeed, RequiresAWorkspaceBesideTheToken)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha");
    auto const b = lab.make_workspace("beta");
    auto const with = [&](headers extra) {
        return lab.send({.target = "/api/segments", .token = a.token, .extra = std::move(extra)});
    };

    EXPECT_EQ(with({}).status, 400);
    EXPECT_EQ(with({{"X-Workspace-Id", "alpha"}}).status, 400);
    EXPECT_EQ(with({{"X-Workspace-Id", b.workspace}}).error_code(), "WORKSPACE_MISMATCH");
    EXPECT_EQ(with({{"X-Workspace-Id", a.workspace}}).status, 200);
}

TEST(Dittofeed, LogsARefusedAttemptForTheOneThatMadeIt)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha");
    auto const b = lab.make_workspace("beta");
    lab.as({b.workspace, a.token}, "GET", "/api/segments");

    EXPECT_NE(lab.as(a, "GET", "/api/audit-log").text.find("access.refused"), std::string::npos);
    auto const theirs = lab.as(b, "GET", "/api/audit-log").text;
    EXPECT_EQ(theirs.find("access.refused"), std::string::npos) << theirs;
}

TEST(Dittofeed, TellsTheQuota)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha", 8);
    lab.make_workspace("beta", 8);
    auto const made = lab.as(a, "POST", "/api/segments", {{"name", "one"}});

    json const expected{{"used", 1}, {"limit", 8}, {"remaining", 7}, {"percentUsed", 12.5}};
    EXPECT_EQ(made.body["quota"], expected) << made.text;
    EXPECT_EQ(lab.as(a, "GET", "/api/quota").body["quotas"]["segments"], expected);
}

static asio::awaitable<void> create_one(net::endpoint where, std::string wire, int& made, int& full)
{
    auto const core = co_await asio::this_coro::executor;
    net::connection_options const options;
    net::http_connection connection{core, where, options};
    auto const answer = co_await connection.exchange(wire, false, std::chrono::seconds{60});
    if (!answer) co_return;
    if (answer->status == 201) ++made;
    auto const names_it =
        answer->body.find(R"("resourceType":"segments")") != std::string_view::npos;
    if (answer->status == 429 && names_it) ++full;
}

static asio::awaitable<void>
create_many(net::endpoint where, std::string wire, int& made, int& full)
{
    auto const core = co_await asio::this_coro::executor;
    net::task_group tasks{core, 64};
    for (int i = 0; i < 40; ++i) co_await tasks.spawn(create_one(where, wire, made, full));
    co_await tasks.join();
}

TEST(Dittofeed, RefusesAtExactlyTheQuotaWhenManyCreateAtOnce)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha", 7);
    auto const where = net::parse_url(lab.environment("DITTOFEED_URL")).value().where;
    lab_request const creation{
        .method = "POST",
        .target = "/api/segments",
        .token = a.token,
        .body = {{"name", "one of many"}},
        .extra = {{"X-Workspace-Id", a.workspace}},
    };
    int made = 0;
    int full = 0;
    run_async(create_many(where, to_wire(creation, where.authority()), made, full));

    EXPECT_EQ(made, 7);
    EXPECT_EQ(full, 33);
    EXPECT_EQ(lab.as(a, "GET", "/api/quota").body["quotas"]["segments"]["remaining"], 0);
}

TEST(Dittofeed, CachesForFiveMinutesUnderTheWorkspace)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha");
    auto const made = lab.as(a, "POST", "/api/segments", {{"name", "one"}});
    std::string const id = made.body["data"]["id"];

    EXPECT_EQ(lab.as(a, "GET", "/api/segments/" + id).header("X-Cache"), "MISS");
    EXPECT_EQ(lab.as(a, "GET", "/api/segments/" + id).header("X-Cache"), "HIT");
    auto const key = fmt::format("tenant:{}:segment:{}", a.workspace, id);
    EXPECT_NEAR(static_cast<double>(lab.redis({"TTL", key}).integer), 300, 5);
    auto const metrics = lab.as(a, "GET", "/api/tenant-metrics").body;
    EXPECT_EQ(metrics["cacheHitRate"], 50.0);
    EXPECT_EQ(metrics["resources"]["segments"], 1);
}

TEST(Dittofeed, TheApplicationsRoleIsBoundByThePolicies)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha");
    lab.as(a, "POST", "/api/segments", {{"name", "one"}});
    auto const count = [&](std::string const& context) {
        return lab.sql("DITTOFEED_POOLER_URL", context + "SELECT count(*) FROM \"Segment\"")
            .values.at(0)
            .at(0)
            .value();
    };

    EXPECT_EQ(count(""), "0");
    EXPECT_EQ(
        count("SELECT set_config('app.current_workspace_id', '" + a.workspace + "', true); "), "1"
    );
    EXPECT_EQ(
        lab.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'dittofeed_app' AND "
                      "(rolsuper OR rolbypassrls)"),
        "0"
    );
}

TEST(Dittofeed, WithASettingForTheConnectionWhoComesNextIsShownRows)
{
    dittofeed lab{{"P14"}};
    auto const a = lab.make_workspace("alpha");
    lab.as(a, "POST", "/api/segments", {{"name", "one"}});

    auto const seen = lab.sql("DITTOFEED_POOLER_URL", "SELECT count(*) FROM \"Segment\"");
    EXPECT_EQ(seen.values.at(0).at(0).value(), "1");
}

TEST(Dittofeed, MigrationsGoBackInReverseOrderAlone)
{
    dittofeed lab;
    auto const migrate = [&](char const* name, char const* direction) {
        return lab.operate("migrations", {{"name", name}, {"direction", direction}});
    };
    static constexpr auto indexes = "0009_additional_tenant_indexes";
    static constexpr auto policies = "0010_enable_row_level_security";

    EXPECT_EQ(migrate(indexes, "rollback").error_code(), "OUT_OF_ORDER");
    EXPECT_EQ(migrate(policies, "rollback").body["changed"], true);
    EXPECT_EQ(migrate(policies, "rollback").body["changed"], false);
    EXPECT_EQ(migrate(indexes, "rollback").body["changed"], true);
    EXPECT_EQ(migrate(policies, "run").error_code(), "OUT_OF_ORDER");
    EXPECT_EQ(migrate(indexes, "run").body["changed"], true);
    EXPECT_EQ(migrate(policies, "run").body["changed"], true);
    EXPECT_EQ(lab.sql_value("SELECT count(*) FROM pg_policies"), "6");
}

TEST(Dittofeed, IsolatesByItselfWithoutThePolicies)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha");
    auto const b = lab.make_workspace("beta");
    lab.as(b, "POST", "/api/journeys", {{"name", "journey of beta"}});
    lab.operate(
        "migrations", {{"name", "0010_enable_row_level_security"}, {"direction", "rollback"}}
    );
    EXPECT_EQ(lab.operate("enforcement", {{"enabled", false}}).status, 200);

    EXPECT_NE(lab.as(b, "GET", "/api/journeys").text.find("journey of beta"), std::string::npos);
    EXPECT_EQ(lab.as(a, "GET", "/api/journeys").text.find("journey of beta"), std::string::npos);
}

TEST(Dittofeed, WithoutItsOwnFilterTheRollbackShowsEverybodysJourneys)
{
    dittofeed lab{{"A05"}};
    auto const a = lab.make_workspace("alpha");
    auto const b = lab.make_workspace("beta");
    lab.as(b, "POST", "/api/journeys", {{"name", "journey of beta"}});
    EXPECT_EQ(lab.as(a, "GET", "/api/journeys").text.find("journey of beta"), std::string::npos);
    lab.operate(
        "migrations", {{"name", "0010_enable_row_level_security"}, {"direction", "rollback"}}
    );

    EXPECT_NE(lab.as(a, "GET", "/api/journeys").text.find("journey of beta"), std::string::npos);
}

static bool serves_anothers_view(dittofeed& lab, std::string const& one, std::string const& other)
{
    auto const a = lab.make_workspace(one);
    auto const b = lab.make_workspace(other);
    lab.as(b, "POST", "/api/segments", {{"name", "segment of the other"}});
    lab.as(b, "GET", "/api/workspaces/" + b.workspace);
    auto const shows = [&](std::string const& path) {
        return lab.as(a, "GET", path).text.find("segment of the other") != std::string::npos;
    };
    return shows("/api/quota") || shows("/api/workspaces/" + a.workspace);
}

TEST(Dittofeed, ViewsCanBeKeptUnderNamesThatComeOutTheSame)
{
    dittofeed correct;
    EXPECT_FALSE(serves_anothers_view(correct, "acme", "acme:quota"));
    EXPECT_FALSE(serves_anothers_view(correct, "beta", "BETA"));
    dittofeed joined{{"K02"}};
    EXPECT_TRUE(serves_anothers_view(joined, "acme", "acme:quota"));
    dittofeed folded{{"K04"}};
    EXPECT_TRUE(serves_anothers_view(folded, "beta", "BETA"));
}

TEST(Dittofeed, TheCacheCanBeTooSmallForAll)
{
    dittofeed lab{{"K22"}};
    auto const b = lab.make_workspace("beta");
    auto const read = [&](member const& who, std::string const& text) {
        json const body{{"name", "one"}, {"definition", text}};
        auto const made = lab.as(who, "POST", "/api/segments", body);
        auto const path = "/api/segments/" + made.body["data"]["id"].get<std::string>();
        lab.as(who, "GET", path);
        return path;
    };
    std::vector<std::string> kept;
    for (int i = 0; i < 12; ++i) kept.push_back(read(b, "short"));
    for (auto const& one : kept) EXPECT_EQ(lab.as(b, "GET", one).header("X-Cache"), "HIT");
    // The server's clock of use counts seconds: within one all keys are as old and a random one
    // goes. So the flood is several times what there is room for (and more than one workspace's
    // quota lets it make), and one or the other may stay even so.
    for (auto const* const slug : {"alpha", "gamma", "delta", "epsilon"}) {
        auto const who = lab.make_workspace(slug);
        for (int i = 0; i < 80; ++i) read(who, std::string(60'000, 'x'));
    }
    std::size_t missed = 0;
    for (auto const& one : kept) missed += lab.as(b, "GET", one).header("X-Cache") == "MISS";
    EXPECT_GE(missed, 6U);
}

TEST(Dittofeed, ForgetsADeletedWorkspace)
{
    dittofeed lab;
    auto const a = lab.make_workspace("alpha");
    auto const made = lab.as(a, "POST", "/api/segments", {{"name", "one"}});
    lab.as(a, "GET", "/api/segments/" + made.body["data"]["id"].get<std::string>());
    auto const gone = lab.send({
        .method = "DELETE",
        .target = "/api/admin/workspaces/" + a.workspace,
        .token = lab.admin_token(),
    });

    EXPECT_EQ(gone.status, 204);
    EXPECT_EQ(lab.as(a, "GET", "/api/segments").status, 401);
    EXPECT_TRUE(lab.redis_keys("*" + a.workspace + "*").empty());
    EXPECT_EQ(lab.sql_value("SELECT count(*) FROM \"Segment\""), "0");
}

} // namespace watertight::test
