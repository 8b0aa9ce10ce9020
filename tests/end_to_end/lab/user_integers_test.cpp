// How: one lab of the user-integers dialect, tenants of its own for each test.
#include "tests/end_to_end/lab/lab_process.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace watertight::test {

class UserIntegers : public testing::Test {
protected:
    struct person {
        std::string id;
        std::string name;
        std::string api_key;
        std::string token{};
    };

    struct place {
        std::string id;
        std::string subdomain;
        person admin;
    };

    static void SetUpTestSuite()
    {
        lab_ = new lab_process({"--dialect", "user-integers", "--rate-scale", "1"}, "INTEGERS");
    }

    static void TearDownTestSuite()
    {
        delete lab_;
        lab_ = nullptr;
    }

    static headers at(place const& where) { return {{"X-Tenant", where.subdomain}}; }

    static std::string log_in_at(place const& where, std::string const& name)
    {
        auto const session = lab_->send({
            .method = "POST",
            .target = "/api/v1/auth/login",
            .body = {{"username", name}, {"password", good_password}},
            .extra = at(where),
        });
        return session.status == 200 ? session.body["token"].get<std::string>() : "";
    }

    static place make(std::string const& subdomain, json more = json::object())
    {
        json body{
            {"name", "Tenant " + subdomain},
            {"subdomain", subdomain},
            {"plan_type", "pro"},
            {"admin", {{"username", "owner"}, {"password", good_password}}}};
        body.update(more);
        auto const made = lab_->send(
            {.method = "POST",
             .target = "/api/v1/admin/tenants",
             .token = lab_->admin_token(),
             .body = body}
        );
        if (made.status != 201) throw std::runtime_error{"no tenant: " + made.text};
        auto const& admin = made.body["admin"];
        place out{made.body["id"], subdomain, {admin["id"], "owner", admin["api_key"]}};
        out.admin.token = log_in_at(out, "owner");
        return out;
    }

    static lab_reply add_user(place const& where, std::string const& name)
    {
        return lab_->send(
            {.method = "POST",
             .target = "/api/v1/users",
             .token = where.admin.token,
             .body = {{"username", name}, {"password", good_password}}}
        );
    }

    static person member(place const& where, std::string const& name)
    {
        auto const made = add_user(where, name);
        if (made.status != 201) throw std::runtime_error{"no user: " + made.text};
        return {made.body["id"], name, made.body["api_key"], log_in_at(where, name)};
    }

    static std::string put(std::string const& token, std::int64_t value)
    {
        auto const made = lab_->send(
            {.method = "POST",
             .target = "/api/v1/user_integers",
             .token = token,
             .body = {{"value", value}}}
        );
        if (made.status != 201) throw std::runtime_error{"no integer: " + made.text};
        return made.body["id"];
    }

    static lab_reply get(std::string const& target, std::string const& token, headers extra = {})
    {
        return lab_->send({.target = target, .token = token, .extra = std::move(extra)});
    }

    static lab_reply set_status(place const& where, std::string const& status)
    {
        return lab_->send(
            {.method = "PATCH",
             .target = "/api/v1/admin/tenants/" + where.id,
             .token = lab_->admin_token(),
             .body = {{"status", status}}}
        );
    }

    static lab_process* lab_;
};

lab_process* UserIntegers::lab_ = nullptr;

TEST_F(UserIntegers, AnIntegerIsItsUsersAlone)
{
    auto const a = make("own-a");
    auto const b = make("own-b");
    auto const mine = member(a, "one");
    auto const colleague = member(a, "two");
    auto const path = "/api/v1/user_integers/" + put(mine.token, 42);

    // Twice: the second answer comes from the cache.
    for (int turn = 0; turn < 2; ++turn) {
        EXPECT_EQ(get(path, mine.token).body["value"], 42);
        EXPECT_EQ(get(path, colleague.token).status, 404);
        EXPECT_EQ(get(path, a.admin.token).status, 404);
        EXPECT_EQ(get(path, b.admin.token).status, 404);
    }
    EXPECT_EQ(get("/api/v1/user_integers", colleague.token).body["total"], 0);
    EXPECT_EQ(get("/api/v1/user_integer", mine.token).body["value"], 42);
}

TEST_F(UserIntegers, NamesThatDisagreeAreRefused)
{
    auto const a = make("names-a");
    auto const b = make("names-b");

    EXPECT_EQ(get("/api/v1/tenant", a.admin.token, at(b)).error_code(), "TENANT_MISMATCH");
    headers const host{{"Host", "names-b.integers.local"}};
    EXPECT_EQ(get("/api/v1/tenant", a.admin.token, host).error_code(), "TENANT_MISMATCH");
    headers const own{{"Host", "names-a.integers.local"}, {"X-Tenant", "names-a"}};
    EXPECT_EQ(get("/api/v1/tenant", a.admin.token, own).status, 200);
}

TEST_F(UserIntegers, AnApiKeyOpensItsOwnTenantAlone)
{
    auto const a = make("keys-a");
    auto const b = make("keys-b");
    put(a.admin.token, 7);
    auto const with_key = [&](place const& where) {
        return headers{{"X-Tenant", where.subdomain}, {"X-Api-Key", a.admin.api_key}};
    };

    EXPECT_EQ(get("/api/v1/user_integer", "", with_key(a)).body["value"], 7);
    EXPECT_EQ(get("/api/v1/user_integer", "", with_key(b)).status, 401);
    headers const nowhere{{"X-Api-Key", a.admin.api_key}};
    EXPECT_EQ(get("/api/v1/user_integer", "", nowhere).error_code(), "TENANT_REQUIRED");
}

TEST_F(UserIntegers, MembersMayNotDoWhatAdministratorsDo)
{
    auto const a = make("roles-a");
    auto const one = member(a, "one");

    EXPECT_EQ(get("/api/v1/users", one.token).status, 403);
    EXPECT_EQ(get("/api/v1/tenant/usage", one.token).status, 403);
    EXPECT_EQ(get("/api/v1/users/" + one.id, one.token).status, 200);
    EXPECT_EQ(get("/api/v1/users/" + a.admin.id, one.token).status, 404);
    EXPECT_EQ(get("/api/v1/admin/tenants/" + a.id, a.admin.token).status, 403);
}

TEST_F(UserIntegers, ASuspendedOrCancelledTenantIsRefusedUntilItIsActiveAgain)
{
    auto const a = make("status-a");

    set_status(a, "suspended");
    EXPECT_EQ(get("/api/v1/tenant", a.admin.token).error_code(), "TENANT_SUSPENDED");
    EXPECT_EQ(log_in_at(a, "owner"), "");
    set_status(a, "cancelled");
    EXPECT_EQ(get("/api/v1/tenant", a.admin.token).error_code(), "TENANT_CANCELLED");
    headers const by_key{{"X-Tenant", "status-a"}, {"X-Api-Key", a.admin.api_key}};
    EXPECT_EQ(get("/api/v1/tenant", "", by_key).status, 403);
    set_status(a, "active");
    EXPECT_EQ(get("/api/v1/tenant", a.admin.token).status, 200);
}

TEST_F(UserIntegers, TheLimitOfUsersHoldsAtItsNumber)
{
    auto const a = make("room-a", {{"max_users", 3}});

    EXPECT_EQ(add_user(a, "two").status, 201);
    EXPECT_EQ(add_user(a, "three").status, 201);
    EXPECT_EQ(add_user(a, "four").error_code(), "USER_LIMIT_REACHED");
}

TEST_F(UserIntegers, CallsAreCountedAndEndAtTheMonthsLimit)
{
    auto const a = make("calls-a", {{"max_api_calls_per_month", 5}});
    auto const b = make("calls-b");

    for (int i = 1; i <= 4; ++i) EXPECT_EQ(get("/api/v1/tenant", a.admin.token).status, 200) << i;
    auto const usage = get("/api/v1/tenant/usage", a.admin.token);
    EXPECT_EQ(usage.body["api_calls_count"], 5);
    EXPECT_EQ(usage.header("X-Monthly-Calls-Remaining"), "0");
    EXPECT_EQ(get("/api/v1/tenant", a.admin.token).error_code(), "MONTHLY_CALLS_USED_UP");
    EXPECT_EQ(get("/api/v1/tenant", b.admin.token).status, 200);

    auto const kept =
        fmt::format("SELECT max(api_calls_count) FROM tenant_usage WHERE tenant_id = '{}'", a.id);
    // It is written twice a second.
    for (int i = 0; i < 50 && lab_->sql_value(kept) != "6"; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    EXPECT_EQ(lab_->sql_value(kept), "6");
}

TEST_F(UserIntegers, OneTenantsBurstThrottlesItAlone)
{
    auto const a = make("burst-a", {{"plan_type", "free"}});
    auto const b = make("burst-b", {{"plan_type", "free"}});

    int throttled = 0;
    // The minute may turn meanwhile, once.
    for (int i = 0; i < 150; ++i)
        throttled += get("/api/v1/tenant", a.admin.token).error_code() == "RATE_LIMITED" ? 1 : 0;
    EXPECT_GE(throttled, 20);
    EXPECT_EQ(get("/api/v1/tenant", b.admin.token).status, 200);
}

TEST_F(UserIntegers, DeletingATenantLeavesNothingOfItAndTouchesNoOther)
{
    auto const a = make("gone-a");
    auto const b = make("gone-b");
    get("/api/v1/user_integers/" + put(a.admin.token, 1), a.admin.token);
    get("/api/v1/user_integers/" + put(b.admin.token, 2), b.admin.token);

    auto const gone = lab_->send(
        {.method = "DELETE",
         .target = "/api/v1/admin/tenants/" + a.id,
         .token = lab_->admin_token()}
    );
    EXPECT_EQ(gone.status, 204);

    EXPECT_TRUE(lab_->redis_keys("tenant:" + a.id + ":*").empty());
    EXPECT_FALSE(lab_->redis_keys("tenant:" + b.id + ":user:*").empty());
    for (auto const* const table : {"users", "user_integers", "tenant_usage"}) {
        auto const left =
            fmt::format("SELECT count(*) FROM {} WHERE tenant_id = '{}'", table, a.id);
        EXPECT_EQ(lab_->sql_value(left), "0") << table;
    }
    EXPECT_EQ(get("/api/v1/user_integers", b.admin.token).body["total"], 1);
    EXPECT_EQ(get("/api/v1/user_integers", a.admin.token).status, 401);
}

TEST_F(UserIntegers, AConnectionServesManyTenantsOneAfterTheOther)
{
    // More tenants than a core has connections, in turn: each sees its own users.
    std::vector<place> all;
    for (int i = 0; i < 24; ++i) all.push_back(make(fmt::format("pool-{}", i)));
    for (int turn = 0; turn < 3; ++turn) {
        for (auto const& one : all) {
            auto const users = get("/api/v1/users", one.admin.token);
            ASSERT_EQ(users.body["total"], 1) << users.text;
            EXPECT_EQ(users.body["users"][0]["tenant_id"], one.id);
        }
    }
}

// A lab of its own for each defect, with an integer of another tenant's to reach for.
class FaultyUserIntegers : public UserIntegers, public testing::WithParamInterface<char const*> {
protected:
    static void SetUpTestSuite() {}
    static void TearDownTestSuite() {}

    void SetUp() override
    {
        lab_ = new lab_process({"--dialect", "user-integers", "--fault", GetParam()}, "INTEGERS");
    }

    void TearDown() override
    {
        delete lab_;
        lab_ = nullptr;
    }
};

TEST_P(FaultyUserIntegers, ShowsItsDefect)
{
    auto const a = make("intruder");
    auto const b = make("victim");
    auto const path = "/user_integers/" + put(b.admin.token, 471147114711);
    auto const as_a = [&](std::string const& method, std::string const& target) {
        return lab_->send({.method = method, .target = target, .token = a.admin.token});
    };
    std::string const fault = GetParam();
    auto const shows = [](lab_reply const& reply) {
        return reply.text.find("471147114711") != std::string::npos;
    };
    if (fault == "A12") {
        EXPECT_TRUE(shows(as_a("GET", "/api/v2" + path)));
    } else if (fault == "A13") {
        EXPECT_EQ(as_a("HEAD", "/api/v1" + path).status, 200);
    } else if (fault == "K21") {
        auto const user = "/api/v1/users/" + b.admin.id;
        EXPECT_EQ(get(user, b.admin.token).status, 200);
        EXPECT_EQ(as_a("GET", user).status, 200);
    } else if (fault == "A35") {
        as_a("POST", "/api/v1" + path + "/pin");
        EXPECT_EQ(get("/api/v1" + path, b.admin.token).body["pinned"], true);
    } else {
        EXPECT_TRUE(shows(as_a("GET", "/api/v1/user_integers?value=1%20OR%201=1")));
    }
}

INSTANTIATE_TEST_SUITE_P(, FaultyUserIntegers, testing::Values("A12", "A13", "A35", "A37", "K21"));

} // namespace watertight::test
