#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

class Plans : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        lab_ = std::make_unique<lab_process>();
        for (auto const* const plan : {"basic", "premium", "enterprise"})
            tenants_[plan] = make_tenant(*lab_, std::string{"on-"} + plan, plan);
    }

    static void TearDownTestSuite() { lab_.reset(); }

    static lab_reply post(lab_tenant const& t, std::string const& path, json body)
    {
        return lab_->send(
            {.method = "POST", .target = path, .token = t.token, .body = std::move(body)}
        );
    }

    static lab_reply
    configure(lab_tenant const& t, char const* key, json value, bool secret = false)
    {
        return post(
            t,
            "/api/v1/tenants/" + t.id + "/config",
            {{"configKey", key}, {"configValue", std::move(value)}, {"isEncrypted", secret}}
        );
    }

    inline static std::unique_ptr<lab_process> lab_;
    inline static std::map<std::string, lab_tenant> tenants_;
};

TEST_F(Plans, FeaturesAreRefusedBelowAndAllowedAbove)
{
    auto const statuses = [&](std::string const& plan) {
        auto const& t = tenants_[plan];
        json const branding{{"primaryColor", "#fff"}, {"logoText", "L"}};
        return std::vector<int>{
            post(t, "/api/v1/biometric/enrol", {{"template", "x"}}).status,
            lab_->send({.method = "PUT",
                        .target = "/api/v1/branding",
                        .token = t.token,
                        .body = branding})
                .status,
            post(t, "/api/v1/ai/verify", {{"document", "Administrator"}}).status,
            lab_->send({.target = "/api/v1/analytics", .token = t.token}).status,
        };
    };

    EXPECT_EQ(statuses("basic"), (std::vector<int>{403, 403, 403, 403}));
    EXPECT_EQ(statuses("premium"), (std::vector<int>{201, 200, 403, 403}));
    EXPECT_EQ(statuses("enterprise"), (std::vector<int>{201, 200, 200, 200}));
    auto const refused = post(tenants_["basic"], "/api/v1/ai/verify", {{"document", "x"}});
    EXPECT_EQ(refused.error_code(), "FEATURE_NOT_IN_PLAN");
}

TEST_F(Plans, ThePasswordPolicyIsThePlans)
{
    auto const create = [&](char const* plan, char const* password, char const* email) {
        json const body{{"name", "n"}, {"email", email}, {"password", password}};
        return post(tenants_[plan], "/api/v1/users", body).status;
    };

    EXPECT_EQ(create("basic", "Passw0rd", "p1@example.org"), 201);
    EXPECT_EQ(create("basic", "password", "p2@example.org"), 422);
    EXPECT_EQ(create("premium", "Passw0rdPassw0rd", "p1@example.org"), 422);
    EXPECT_EQ(create("premium", "Passw0rd-1", "p1@example.org"), 201);
    EXPECT_EQ(create("enterprise", "Passw0rd-1", "p1@example.org"), 422);
}

TEST_F(Plans, UploadsAreLimitedByPlan)
{
    std::string const bytes((1U << 20) + 1, 'x');
    auto const upload = [&](char const* plan) {
        return lab_->send({
            .method = "POST",
            .target = "/api/v1/files?name=big.bin",
            .token = tenants_[plan].token,
            .raw = bytes,
        });
    };

    EXPECT_EQ(upload("basic").error_code(), "FILE_TOO_LARGE");
    auto const stored = upload("premium");
    ASSERT_EQ(stored.status, 201);
    auto const path = "/api/v1/files/" + stored.body["id"].get<std::string>() + "/content";
    EXPECT_EQ(lab_->send({.target = path, .token = tenants_["premium"].token}).text, bytes);
}

TEST_F(Plans, UsersAreLimitedByWhatTheTenantBought)
{
    auto const made = lab_->send({
        .method = "POST",
        .target = "/api/v1/tenants/create",
        .token = lab_->admin_token(),
        .body =
            {{"name", "Small"},
             {"slug", "small"},
             {"maxUsers", 2},
             {"admin", {{"email", "a@small.example"}, {"password", good_password}}}},
    });
    ASSERT_EQ(made.status, 201);
    lab_tenant small{
        made.body["id"], "small", "", "", log_in(*lab_, "small", "a@small.example").body["token"]};

    EXPECT_EQ(
        post(small, "/api/v1/users", {{"name", "n"}, {"email", "b@small.example"}}).status, 201
    );
    auto const third = post(small, "/api/v1/users", {{"name", "n"}, {"email", "c@small.example"}});
    EXPECT_EQ(third.error_code(), "USER_LIMIT_REACHED");
}

TEST_F(Plans, OneTenantsBurstThrottlesOnlyItself)
{
    auto const noisy = make_tenant(*lab_, "noisy");
    auto const quiet = make_tenant(*lab_, "quiet");
    configure(noisy, "api.rate_limit", 5);
    auto const list = [&](lab_tenant const& t) {
        return lab_->send({.target = "/api/v1/users", .token = t.token});
    };

    EXPECT_EQ(list(noisy).header("X-RateLimit-Limit"), "5");
    lab_reply last;
    for (int i = 0; i < 6; ++i) last = list(noisy);
    EXPECT_EQ(last.status, 429);
    EXPECT_EQ(last.header("X-RateLimit-Remaining"), "0");
    EXPECT_NE(last.header("Retry-After"), "");
    EXPECT_EQ(list(quiet).status, 200);
    // Nobody lifts its own limit above the plan's.
    configure(quiet, "api.rate_limit", 999'999'999);
    EXPECT_EQ(list(quiet).header("X-RateLimit-Limit"), "1000000");
}

TEST_F(Plans, AnEncryptedConfigurationIsUnreadableInTheDatabaseAndSurvivesRotation)
{
    auto const t = make_tenant(*lab_, "sealed");
    auto const other = make_tenant(*lab_, "other");
    ASSERT_EQ(configure(t, "smtp.password", "hunter2-plaintext", true).status, 200);
    ASSERT_EQ(configure(other, "smtp.password", "hunter2-plaintext", true).status, 200);
    auto const stored = [&] {
        return lab_->sql_value(
            "SELECT config_value::text FROM tenant_configurations WHERE config_key = "
            "'smtp.password' "
            "AND tenant_id = '" +
            t.id + "'"
        );
    };
    auto const read = [&] {
        auto const answer = lab_->send(
            {.target = "/api/v1/tenants/" + t.id + "/config?key=smtp.password", .token = t.token}
        );
        return answer.body["configs"][0]["configValue"];
    };
    auto const before = stored();

    EXPECT_EQ(before.find("hunter2"), std::string::npos);
    EXPECT_EQ(read(), "hunter2-plaintext");
    auto const rotated = post(t, "/api/v1/tenants/" + t.id + "/config/rotate", {});
    EXPECT_EQ(rotated.body["keyVersion"], 2);
    EXPECT_EQ(rotated.body["rotated"], 1);
    EXPECT_NE(stored(), before);
    EXPECT_EQ(stored().find("hunter2"), std::string::npos);
    EXPECT_EQ(read(), "hunter2-plaintext");
    // A value that was moved to another tenant's row opens for neither.
    lab_->sql(
        "MIS_POSTGRES_URL",
        "UPDATE tenant_configurations SET config_value = (SELECT config_value "
        "FROM tenant_configurations WHERE config_key = 'smtp.password' AND "
        "tenant_id = '" +
            other.id +
            "') WHERE config_key = 'smtp.password' "
            "AND tenant_id = '" +
            t.id + "'"
    );
    auto const moved =
        lab_->send({.target = "/api/v1/tenants/" + t.id + "/config", .token = t.token});
    EXPECT_EQ(moved.status, 500);
}

TEST_F(Plans, MigrationKeepsTheDataAndBringsThePlan)
{
    auto const t = make_tenant(*lab_, "mover");
    make_user(*lab_, t, "kept");

    auto const moved =
        post(t, "/api/v1/tenants/" + t.id + "/migrate", {{"targetPlan", "enterprise"}});

    EXPECT_EQ(moved.status, 200);
    EXPECT_EQ(moved.body["previousPlan"], "basic");
    EXPECT_EQ(moved.body["users"], 2);
    EXPECT_EQ(post(t, "/api/v1/ai/verify", {{"document", "x"}}).status, 200);
    EXPECT_EQ(lab_->send({.target = "/api/v1/users", .token = t.token}).body["total"], 2);
}

TEST_F(Plans, UsageIsWhatTheTenantDid)
{
    auto const t = make_tenant(*lab_, "counted");
    make_user(*lab_, t, "one");
    lab_->send({.target = "/api/v1/users/none", .token = t.token});
    lab_->send(
        {.method = "POST", .target = "/api/v1/files?name=f", .token = t.token, .raw = "12345"}
    );

    auto const usage = lab_->send(
        {.target = "/api/v1/tenants/" + t.id + "/usage?timeRange=30d", .token = lab_->admin_token()}
    );

    EXPECT_EQ(usage.body["users"], 2);
    EXPECT_EQ(usage.body["storageBytes"], 5);
    EXPECT_EQ(usage.body["requests"], 3);
    EXPECT_EQ(usage.body["errors"], 1);
}

TEST_F(Plans, HealthHasItsShape)
{
    auto const& t = tenants_["basic"];

    auto const health =
        lab_->send({.target = "/api/v1/tenants/" + t.id + "/health", .token = t.token});

    EXPECT_EQ(health.body["status"], "healthy");
    for (auto const* const check : {"database", "redis", "storage", "api"})
        EXPECT_EQ(health.body["checks"][check], true) << check;
    for (auto const* const metric : {"responseTime", "errorRate", "uptime"})
        EXPECT_TRUE(health.body["metrics"][metric].is_number()) << metric;
    EXPECT_TRUE(health.body["lastChecked"].is_string());
}

} // namespace watertight::test
