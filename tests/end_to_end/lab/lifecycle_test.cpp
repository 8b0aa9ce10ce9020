#include "tests/end_to_end/lab/lab_process.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace watertight::test {

namespace fs = std::filesystem;

static void use_everything(lab_process& lab, lab_tenant const& t)
{
    auto const user = make_user(lab, t, "member");
    lab.send({.target = "/api/v1/users/" + user["id"].get<std::string>(), .token = t.token});
    lab.send(
        {.method = "POST", .target = "/api/v1/media", .token = t.token, .body = {{"title", "m"}}}
    );
    lab.send({.method = "POST", .target = "/api/v1/files?name=f", .token = t.token, .raw = "bytes"}
    );
    lab.send(
        {.method = "POST",
         .target = "/api/v1/biometric/enrol",
         .token = t.token,
         .body = {{"template", "x"}}}
    );
}

static int rows_of(lab_process& lab, std::string const& tenant_id)
{
    int sum = 0;
    for (auto const* const table :
         {"tenant_configurations", "users", "files", "media", "biometric_enrolments", "audit_logs"})
    {
        sum += std::stoi(lab.sql_value(
            fmt::format("SELECT count(*) FROM {} WHERE tenant_id = '{}'", table, tenant_id)
        ));
    }
    return sum;
}

TEST(Lifecycle, DeletionLeavesNothingOfTheTenantAndAllOfTheOthers)
{
    lab_process lab;
    auto const a = make_tenant(lab, "alpha", "premium");
    auto const b = make_tenant(lab, "beta", "premium");
    use_everything(lab, a);
    use_everything(lab, b);
    auto const files = lab.environment("MIS_FILES");
    auto const rows_before = rows_of(lab, b.id);
    auto const keys_before = lab.redis_keys("tenant:" + b.id + ":*").size();
    ASSERT_GT(rows_of(lab, a.id), 10);
    ASSERT_FALSE(lab.redis_keys("tenant:" + a.id + ":*").empty());
    ASSERT_TRUE(fs::exists(files + "/" + a.id));

    auto const gone = lab.send(
        {.method = "DELETE", .target = "/api/v1/tenants/" + a.id, .token = lab.admin_token()}
    );

    EXPECT_EQ(gone.status, 204);
    EXPECT_EQ(rows_of(lab, a.id), 0);
    EXPECT_TRUE(lab.redis_keys("*" + a.id + "*").empty());
    EXPECT_FALSE(fs::exists(files + "/" + a.id));
    EXPECT_EQ(lab.send({.target = "/api/v1/users", .token = a.token}).status, 401);
    EXPECT_EQ(log_in(lab, "alpha", a.admin_email).status, 401);
    EXPECT_TRUE(lab.redis_keys("*" + a.id + "*").empty());
    EXPECT_EQ(rows_of(lab, b.id), rows_before);
    EXPECT_EQ(lab.redis_keys("tenant:" + b.id + ":*").size(), keys_before);
    EXPECT_TRUE(fs::exists(files + "/" + b.id));

    auto const again = make_tenant(lab, "alpha");
    EXPECT_NE(again.id, a.id);
    EXPECT_EQ(lab.send({.target = "/api/v1/media", .token = again.token}).body["total"], 0);
}

TEST(Lifecycle, ASuspendedTenantIsRefusedUntilItIsActiveAgain)
{
    lab_process lab;
    auto const a = make_tenant(lab, "alpha");
    auto const b = make_tenant(lab, "beta");
    auto const set_status = [&](char const* status) {
        return lab.send(
            {.method = "PATCH",
             .target = "/api/v1/tenants/" + a.id,
             .token = lab.admin_token(),
             .body = {{"status", status}}}
        );
    };
    auto const list = [&](lab_tenant const& t) {
        return lab.send({.target = "/api/v1/users", .token = t.token});
    };

    ASSERT_EQ(set_status("suspended").status, 200);
    EXPECT_EQ(list(a).error_code(), "TENANT_SUSPENDED");
    EXPECT_EQ(log_in(lab, "alpha", a.admin_email).error_code(), "TENANT_SUSPENDED");
    EXPECT_EQ(list(b).status, 200);
    ASSERT_EQ(set_status("active").status, 200);
    EXPECT_EQ(list(a).status, 200);
}

TEST(Lifecycle, ATokenEndsWithItsTimeOrItsUser)
{
    lab_process lab{{"--session-seconds", "2"}};
    auto const a = make_tenant(lab, "alpha");
    auto const user = make_user(lab, a, "leaver", {{"password", good_password}});
    auto const session = log_in(lab, "alpha", "leaver@alpha.example").body;
    auto const list = [&](json const& token) {
        return lab.send({.target = "/api/v1/users", .token = token}).status;
    };

    EXPECT_EQ(session["expiresIn"], 2);
    EXPECT_EQ(list(session["token"]), 200);
    lab.send(
        {.method = "DELETE",
         .target = "/api/v1/users/" + user["id"].get<std::string>(),
         .token = a.token}
    );
    EXPECT_EQ(list(session["token"]), 401);

    auto const renewed =
        lab.send({.method = "POST", .target = "/api/v1/auth/refresh", .token = a.token});
    ASSERT_EQ(renewed.status, 200);
    std::this_thread::sleep_for(std::chrono::milliseconds{2100});
    EXPECT_EQ(list(a.token), 401);
    EXPECT_EQ(list(renewed.body["token"]), 401);
}

TEST(Lifecycle, AChangedRoleHoldsForTokensThatAreOut)
{
    lab_process lab;
    auto const a = make_tenant(lab, "alpha");
    auto const user = make_user(lab, a, "deputy", {{"password", good_password}, {"role", "admin"}});
    json const token = log_in(lab, "alpha", "deputy@alpha.example").body["token"];
    auto const audit = [&] {
        return lab.send({.target = "/api/v1/audit-logs", .token = token}).status;
    };

    EXPECT_EQ(audit(), 200);
    lab.send(
        {.method = "PATCH",
         .target = "/api/v1/users/" + user["id"].get<std::string>(),
         .token = a.token,
         .body = {{"role", "user"}}}
    );
    EXPECT_EQ(audit(), 403);
}

} // namespace watertight::test
