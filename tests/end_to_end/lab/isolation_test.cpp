#include "harness/base/text.hpp"
#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

// One correct service with two tenants for all tests of this file that run in one process.
class Isolation : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        lab_ = std::make_unique<lab_process>();
        a_ = make_tenant(*lab_, "alpha");
        b_ = make_tenant(*lab_, "beta");
        b_user_ = make_user(*lab_, b_, "secret-of-beta", {{"accountNumber", 123456789012345}});
    }

    static void TearDownTestSuite() { lab_.reset(); }

    static lab_reply
    get(std::string const& target, headers extra = {}, std::string const& token = a_.token)
    {
        return lab_->send({.target = target, .token = token, .extra = std::move(extra)});
    }

    inline static std::unique_ptr<lab_process> lab_;
    inline static lab_tenant a_;
    inline static lab_tenant b_;
    inline static json b_user_;
};

TEST_F(Isolation, EachIdentityChannelAgreesOrIsRefused)
{
    struct channel {
        headers extra;
        std::string query;
    };
    auto const channels_of = [](lab_tenant const& t) {
        return std::vector<channel>{
            {{{"X-Tenant-ID", t.id}}, ""},
            {{{"X-Tenant-Slug", t.slug}}, ""},
            {{{"Host", t.slug + ".mis.local"}}, ""},
            {{}, "?tenant=" + t.slug},
        };
    };

    for (auto const& own : channels_of(a_))
        EXPECT_EQ(get("/api/v1/users" + own.query, own.extra).status, 200);
    for (auto const& foreign : channels_of(b_)) {
        auto const answer = get("/api/v1/users" + foreign.query, foreign.extra);
        EXPECT_EQ(answer.status, 403);
        EXPECT_EQ(answer.error_code(), "TENANT_MISMATCH");
        EXPECT_EQ(answer.text.find("secret-of-beta"), std::string::npos);
    }
    // A tenant that does not exist is refused in the same words as one that does.
    EXPECT_EQ(get("/api/v1/users?tenant=beta").text, get("/api/v1/users?tenant=nobody").text);
}

TEST_F(Isolation, AnyTwoChannelsInConflictAreRefused)
{
    std::vector<headers> const own{
        {{"X-Tenant-ID", a_.id}}, {{"X-Tenant-Slug", a_.slug}}, {{"Host", a_.slug + ".mis.local"}}};
    std::vector<headers> const foreign{
        {{"X-Tenant-ID", b_.id}}, {{"X-Tenant-Slug", b_.slug}}, {{"Host", b_.slug + ".mis.local"}}};

    for (std::size_t i = 0; i < own.size(); ++i) {
        for (std::size_t j = 0; j < foreign.size(); ++j) {
            auto both = own[i];
            both.insert(both.end(), foreign[j].begin(), foreign[j].end());
            EXPECT_EQ(get("/api/v1/users", both).error_code(), "TENANT_MISMATCH") << i << " " << j;
        }
        EXPECT_EQ(get("/api/v1/users?tenant=beta", own[i]).error_code(), "TENANT_MISMATCH");
    }
}

TEST_F(Isolation, EachChannelAloneNamesTheTenantOfALogIn)
{
    json const body{{"email", a_.admin_email}, {"password", good_password}};
    auto const log_in_by = [&](headers extra, std::string const& query) {
        return lab_->send({
            .method = "POST",
            .target = "/api/v1/auth/login" + query,
            .body = body,
            .extra = std::move(extra),
        });
    };

    for (auto const& answer :
         {log_in_by({{"X-Tenant-ID", a_.id}}, ""),
          log_in_by({{"X-Tenant-Slug", "alpha"}}, ""),
          log_in_by({{"Host", "alpha.mis.local"}}, ""),
          log_in_by({}, "?tenant=alpha")})
    {
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body["tenant"]["id"], a_.id);
    }
    EXPECT_EQ(log_in_by({}, "").status, 400);
    EXPECT_EQ(
        log_in_by({{"X-Tenant-Slug", "alpha"}}, "?tenant=beta").error_code(), "TENANT_MISMATCH"
    );
    // The right password in the wrong tenant, and no tenant at all, look the same.
    EXPECT_EQ(log_in_by({}, "?tenant=beta").text, log_in_by({}, "?tenant=nobody").text);
    EXPECT_EQ(log_in_by({}, "?tenant=beta").status, 401);
}

TEST_F(Isolation, AForeignObjectIsAsAbsentAsOneThatNeverWas)
{
    auto const media = lab_->send(
        {.method = "POST", .target = "/api/v1/media", .token = b_.token, .body = {{"title", "m"}}}
    );
    auto const file = lab_->send({
        .method = "POST",
        .target = "/api/v1/files?name=f.txt",
        .token = b_.token,
        .raw = "content of beta",
    });
    ASSERT_EQ(media.status, 201);
    ASSERT_EQ(file.status, 201);
    auto const user_id = b_user_["id"].get<std::string>();
    auto const media_id = media.body["id"].get<std::string>();
    auto const file_id = file.body["id"].get<std::string>();
    json const full{{"name", "x"}, {"email", "x@example.org"}, {"title", "x"}};
    struct row {
        std::string method;
        std::string prefix;
        std::string id;
        std::string suffix;
        json body;
    };
    std::vector<row> const table{
        {"GET", "/api/v1/users/", user_id, "", {}},
        {"HEAD", "/api/v1/users/", user_id, "", {}},
        {"PUT", "/api/v1/users/", user_id, "", full},
        {"PATCH", "/api/v1/users/", user_id, "", full},
        {"DELETE", "/api/v1/users/", user_id, "", {}},
        {"GET", "/api/v1/media/", media_id, "", {}},
        {"PATCH", "/api/v1/media/", media_id, "", full},
        {"DELETE", "/api/v1/media/", media_id, "", {}},
        {"GET", "/api/v1/files/", file_id, "", {}},
        {"GET", "/api/v1/files/", file_id, "/content", {}},
        {"DELETE", "/api/v1/files/", file_id, "", {}},
        {"GET", "/api/v1/tenants/", b_.id, "", {}},
        {"PATCH", "/api/v1/tenants/", b_.id, "", {{"name", "x"}}},
        {"DELETE", "/api/v1/tenants/", b_.id, "", {}},
        {"GET", "/api/v1/tenants/", b_.id, "/usage", {}},
        {"GET", "/api/v1/tenants/", b_.id, "/health", {}},
        {"GET", "/api/v1/tenants/", b_.id, "/config", {}},
        {"POST", "/api/v1/tenants/", b_.id, "/config", {{"configKey", "k"}, {"configValue", 1}}},
        {"POST", "/api/v1/tenants/", b_.id, "/config/rotate", {}},
        {"POST", "/api/v1/tenants/", b_.id, "/export", {{"dataTypes", {"users"}}}},
        {"POST", "/api/v1/tenants/", b_.id, "/migrate", {{"targetPlan", "premium"}}},
    };

    for (auto const& [method, prefix, id, suffix, body] : table) {
        auto const nobody = "00000000-0000-4000-8000-00000000dead";
        auto const foreign = lab_->send(
            {.method = method, .target = prefix + id + suffix, .token = a_.token, .body = body}
        );
        auto const absent = lab_->send(
            {.method = method, .target = prefix + nobody + suffix, .token = a_.token, .body = body}
        );
        EXPECT_EQ(foreign.status, 404) << method << " " << prefix << suffix;
        EXPECT_EQ(absent.status, 404) << method << " " << prefix << suffix;
        EXPECT_EQ(foreign.text, absent.text) << method << " " << prefix << suffix;
    }
    // The control: all of it is there for its owner, and unchanged.
    EXPECT_EQ(get("/api/v1/users/" + user_id, {}, b_.token).body["name"], "secret-of-beta");
    EXPECT_EQ(get("/api/v1/media/" + media_id, {}, b_.token).body["title"], "m");
    EXPECT_EQ(get("/api/v1/files/" + file_id + "/content", {}, b_.token).text, "content of beta");
    EXPECT_EQ(get("/api/v1/tenants/" + b_.id, {}, b_.token).body["plan"], "basic");
}

TEST_F(Isolation, ListsSearchesTotalsAndExportsHoldOnlyOnesOwn)
{
    auto const list = get("/api/v1/users");
    auto const search = get("/api/v1/users?q=secret");
    auto const exported = lab_->send({
        .method = "POST",
        .target = "/api/v1/tenants/" + a_.id + "/export",
        .token = a_.token,
        .body = {{"dataTypes", {"users", "media", "audit_logs", "files"}}, {"format", "json"}},
    });

    EXPECT_EQ(
        list.body["total"],
        std::stoi(lab_->sql_value("SELECT count(*) FROM users WHERE tenant_id = '" + a_.id + "'"))
    );
    EXPECT_EQ(search.body["total"], 0);
    EXPECT_EQ(get("/api/v1/users?q=secret", {}, b_.token).body["total"], 1);
    ASSERT_EQ(exported.status, 200);
    EXPECT_EQ(exported.text.find(b_.id), std::string::npos);
    EXPECT_EQ(exported.text.find("password"), std::string::npos);
    EXPECT_FALSE(exported.body["data"]["audit_logs"].empty());
}

TEST_F(Isolation, AnEmailAddressIsUniquePerTenantOnly)
{
    json const body{{"name", "twin"}, {"email", "Twin@example.org"}};
    auto const create = [&](lab_tenant const& t) {
        return lab_->send(
            {.method = "POST", .target = "/api/v1/users", .token = t.token, .body = body}
        );
    };

    EXPECT_EQ(create(a_).status, 201);
    EXPECT_EQ(create(b_).status, 201);
    auto const again = create(a_);
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again.text.find("beta"), std::string::npos);
}

TEST_F(Isolation, TheBodyCannotChooseTheTenantOrTheRole)
{
    auto const plain = make_user(*lab_, a_, "plain", {{"password", good_password}});
    auto const session = log_in(*lab_, "alpha", "plain@alpha.example");
    json const body{
        {"name", "smuggled"},
        {"email", "smuggled@example.org"},
        {"role", "admin"},
        {"tenantId", b_.id},
        {"tenant_id", b_.id}};
    auto const made = lab_->send(
        {.method = "POST", .target = "/api/v1/users", .token = session.body["token"], .body = body}
    );
    auto const moved = lab_->send({
        .method = "PATCH",
        .target = "/api/v1/users/" + plain["id"].get<std::string>(),
        .token = session.body["token"],
        .body = {{"tenantId", b_.id}, {"role", "admin"}},
    });

    EXPECT_EQ(made.body["tenantId"], a_.id);
    EXPECT_EQ(made.body["role"], "user");
    EXPECT_EQ(moved.body["tenantId"], a_.id);
    EXPECT_EQ(moved.body["role"], "user");
}

TEST_F(Isolation, TokensThatWereForgedAreRefused)
{
    auto const parts = split(a_.token, '.');
    auto claims = json::parse(*base64_decode(parts[1]));
    claims["tenantId"] = b_.id;
    claims["tenantSlug"] = b_.slug;
    auto const payload = base64url(claims.dump());
    auto const none = base64url(R"({"alg":"none","typ":"JWT"})");

    for (auto const& token :
         {none + "." + payload + ".",
          none + "." + payload + "." + std::string{parts[2]},
          std::string{parts[0]} + "." + payload + ".",
          std::string{parts[0]} + "." + payload + "." + std::string{parts[2]},
          std::string{"nonsense"}})
    {
        EXPECT_EQ(get("/api/v1/users", {}, token).status, 401) << token;
    }
    EXPECT_EQ(lab_->send({.target = "/api/v1/users"}).status, 401);
}

TEST_F(Isolation, TheCachedUserIsTheTenantsOwnAndNeverOld)
{
    auto const user = make_user(*lab_, a_, "cached");
    auto const path = "/api/v1/users/" + user["id"].get<std::string>();

    EXPECT_EQ(get(path).header("X-Cache"), "MISS");
    EXPECT_EQ(get(path).header("X-Cache"), "HIT");
    EXPECT_EQ(get(path, {}, b_.token).status, 404);
    lab_->send({.method = "PATCH", .target = path, .token = a_.token, .body = {{"name", "newer"}}});
    EXPECT_EQ(get(path).body["name"], "newer");
    EXPECT_EQ(lab_->send({.method = "DELETE", .target = path, .token = a_.token}).status, 204);
    EXPECT_EQ(get(path).status, 404);
    for (auto const& key : lab_->redis_keys("*")) EXPECT_TRUE(key.starts_with("tenant:")) << key;
}

TEST_F(Isolation, RowPoliciesAdmitOneTenantAtATime)
{
    auto const count = [](std::string const& tenant) {
        return "SELECT set_config('app.tenant_id', '" + tenant +
               "', true); SELECT count(DISTINCT tenant_id) FROM tenant_configurations";
    };
    auto const seen = [&](std::string const& tenant) {
        return lab_->sql("MIS_POSTGRES_APP_URL", count(tenant)).values[0][0].value();
    };

    EXPECT_EQ(seen(a_.id), "1");
    EXPECT_EQ(seen(""), "0");
    EXPECT_EQ(
        lab_->sql_value("SELECT count(DISTINCT tenant_id) > 1 FROM tenant_configurations"), "t"
    );
    EXPECT_EQ(
        lab_->sql_value(
            "SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = 'mis_app'"
        ),
        "f"
    );
}

TEST_F(Isolation, TheAuditLogHasWhatTheTenantDidAndWhatWasRefused)
{
    make_user(*lab_, a_, "audited");
    get("/api/v1/users", {{"X-Tenant-ID", b_.id}});
    get("/api/v1/tenants/" + b_.id);

    auto const log = get("/api/v1/audit-logs?limit=1000");
    std::vector<std::string> actions;
    for (auto const& e : log.body["auditLogs"]) {
        EXPECT_EQ(e["tenantId"], a_.id);
        actions.push_back(e["action"]);
    }
    for (auto const* const wanted : {"login", "user.create", "access.refused", "tenant.create"})
        EXPECT_NE(std::ranges::find(actions, wanted), actions.end()) << wanted;
    EXPECT_EQ(std::ranges::count(actions, "access.refused") >= 2, true);
}

} // namespace watertight::test
