#include "harness/base/text.hpp"
#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

static std::string drill_sql(std::string const& name)
{
    return read_file(WT_SOURCE_DIR "/scenarios/mis/drill/" + name).value();
}

static lab_reply set_release(lab_process& lab, char const* name)
{
    return lab.send(
        {.method = "POST",
         .target = "/_lab/release",
         .token = lab.admin_token(),
         .body = {{"release", name}}}
    );
}

static std::string columns_of_users(lab_process& lab)
{
    return lab
        .sql(
            "MIS_CLASSIC_POSTGRES_URL",
            "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM "
            "information_schema.columns WHERE table_schema = 'public' AND table_name = 'users'"
        )
        .values[0][0]
        .value();
}

TEST(Classic, ServesMembersAndNamesItsRelease)
{
    lab_process lab;
    json const body{
        {"name", "New"}, {"email", "new@example.org"}, {"accountNumber", 123456789012345}};

    auto const list = lab.send({.target = "/classic/api/v1/users?limit=5"});
    auto const made = lab.send({.method = "POST", .target = "/classic/api/v1/users", .body = body});
    auto const path = "/classic/api/v1/users/" + made.body["id"].get<std::string>();
    auto const changed = lab.send({.method = "PATCH", .target = path, .body = {{"name", "Newer"}}});

    EXPECT_EQ(list.header("X-Release"), "single");
    EXPECT_EQ(list.body["users"].size(), 5U);
    EXPECT_EQ(list.body["total"], 5000);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(changed.body["name"], "Newer");
    EXPECT_EQ(lab.send({.target = path}).body["accountNumber"], 123456789012345);
    EXPECT_EQ(
        lab.send({.method = "POST", .target = "/classic/api/v1/users", .body = body}).status, 409
    );
}

TEST(Classic, MigratesServesBothReleasesAndRollsBackWithAllThatWasWritten)
{
    lab_process lab;
    auto const url = "MIS_CLASSIC_POSTGRES_URL";
    auto const before = columns_of_users(lab);
    auto const forward = drill_sql("forward.sql");
    auto const rollback = drill_sql("rollback.sql");
    auto const write = [&](char const* email) {
        return lab.send(
            {.method = "POST",
             .target = "/classic/api/v1/users",
             .body = {{"name", "During"}, {"email", email}}}
        );
    };

    lab.sql(url, forward);
    lab.sql(url, forward);
    // The old release goes on between the change of the schema and the switch.
    EXPECT_EQ(write("between@example.org").status, 201);
    ASSERT_EQ(set_release(lab, "multi").body["release"], "multi");
    auto const during = write("during@example.org");
    EXPECT_EQ(during.status, 201);
    EXPECT_EQ(during.header("X-Release"), "multi");
    EXPECT_EQ(lab.send({.target = "/classic/api/v1/users?limit=1"}).body["total"], 5002);
    EXPECT_EQ(lab.sql(url, "SELECT count(DISTINCT tenant_id) FROM users").values[0][0], "1");

    ASSERT_EQ(set_release(lab, "single").body["release"], "single");
    lab.sql(url, rollback);
    lab.sql(url, rollback);
    auto const after = lab.send({.target = "/classic/api/v1/users?limit=1"});
    EXPECT_EQ(after.status, 200);
    EXPECT_EQ(after.header("X-Release"), "single");
    EXPECT_EQ(after.body["total"], 5002);
    EXPECT_EQ(columns_of_users(lab), before);
    EXPECT_EQ(lab.sql(url, "SELECT to_regclass('tenants')").values[0][0], std::nullopt);
}

TEST(Classic, OnlyThePlatformSwitchesReleases)
{
    lab_process lab;
    auto const a = make_tenant(lab, "alpha");
    lab_request switch_it{
        .method = "POST", .target = "/_lab/release", .body = {{"release", "multi"}}};

    EXPECT_EQ(lab.send(switch_it).status, 401);
    switch_it.token = a.token;
    EXPECT_EQ(lab.send(switch_it).status, 403);
    EXPECT_EQ(
        lab.send({.target = "/_lab/release", .token = lab.admin_token()}).body["release"], "single"
    );
}

} // namespace watertight::test
