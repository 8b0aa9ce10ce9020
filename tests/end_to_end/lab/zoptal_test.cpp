// How: the dialect behind its nginx, over real stores. Requests go to the gateway, as clients' do.
#include "harness/base/text.hpp"
#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace watertight::test {

struct zoptal_tenant {
    std::string id;
    std::string slug;
    std::string database;
    std::string token;

    std::string host() const { return slug + ".zoptal.com"; }
};

class zoptal_lab {
public:
    explicit zoptal_lab(std::vector<std::string> faults = {})
        : process_{arguments(faults), "ZOPTAL"}
    {
    }

    lab_reply admin(lab_request what, std::string const& host = "127.0.0.1")
    {
        what.token = process_.environment("ZOPTAL_ADMIN_TOKEN");
        return at(host, std::move(what));
    }
    lab_reply at(std::string const& host, lab_request what)
    {
        what.extra.emplace_back("Host", host);
        return process_.send(what);
    }
    lab_reply create(std::string const& slug, std::string const& plan = "starter")
    {
        json const body{
            {"name", "Tenant " + slug},
            {"slug", slug},
            {"contact", {{"name", "A"}, {"email", "a@example.com"}}},
            {"subscription", {{"plan", plan}}},
            {"customDomain", slug + ".shop.example"},
            {"admin", {{"email", "boss@example.com"}, {"password", good_password}}}};
        return admin({.method = "POST", .target = "/api/tenants", .body = body});
    }
    zoptal_tenant tenant(std::string const& slug, std::string const& plan = "starter")
    {
        auto const made = create(slug, plan);
        EXPECT_EQ(made.status, 201) << made.text;
        zoptal_tenant out{made.body["id"], slug, made.body["database"], {}};
        json const who{{"email", "boss@example.com"}, {"password", good_password}};
        auto const in =
            at(out.host(), {.method = "POST", .target = "/api/auth/login", .body = who});
        EXPECT_EQ(in.status, 200) << in.text;
        out.token = in.body["token"];
        return out;
    }
    std::string project(zoptal_tenant const& t, std::string const& name)
    {
        auto const made =
            at(t.host(),
               {.method = "POST",
                .target = "/api/projects",
                .token = t.token,
                .body = {{"name", name}}});
        EXPECT_EQ(made.status, 201) << made.text;
        return made.body["id"];
    }
    lab_reply get(std::string const& host, std::string const& token, std::string const& target)
    {
        return at(host, {.target = target, .token = token});
    }
    lab_process& process() { return process_; }

private:
    static std::vector<std::string> arguments(std::vector<std::string> const& faults)
    {
        std::vector<std::string> out{"--dialect", "zoptal"};
        for (auto const& f : faults) {
            out.emplace_back("--fault");
            out.push_back(f);
        }
        return out;
    }

    lab_process process_;
};

static lab_request list_as(zoptal_tenant const& t, headers extra = {})
{
    return {.target = "/api/projects", .token = t.token, .extra = std::move(extra)};
}

// One lab for the tests of the correct service; each test makes tenants of its own.
class ZoptalLab : public testing::Test {
protected:
    static void SetUpTestSuite() { lab = std::make_unique<zoptal_lab>(); }
    static void TearDownTestSuite() { lab.reset(); }

    inline static std::unique_ptr<zoptal_lab> lab;
};

TEST_F(ZoptalLab, TheHostAloneNamesTheTenant)
{
    auto const a = lab->tenant("test-a");
    auto const b = lab->tenant("test-b", "enterprise");
    lab->project(a, "only of A");

    EXPECT_NE(
        lab->get(a.host(), a.token, "/api/projects").text.find("only of A"), std::string::npos
    );
    EXPECT_EQ(
        lab->get(b.host(), b.token, "/api/projects").text.find("only of A"), std::string::npos
    );
    EXPECT_EQ(lab->get("test-a.shop.example", a.token, "/api/projects").body["total"], 1);
    // A's token at B's host, and A's name in a header there.
    EXPECT_EQ(lab->get(b.host(), a.token, "/api/projects").status, 403);
    auto const named = lab->at(b.host(), list_as(b, {{"X-Tenant-ID", "test-a"}}));
    EXPECT_EQ(named.status, 403);
    EXPECT_EQ(named.error_code(), "TENANT_MISMATCH");
    // The header that the browser sends agrees with its host.
    EXPECT_EQ(lab->at(b.host(), list_as(b, {{"X-Tenant-ID", "test-b"}})).status, 200);
    EXPECT_EQ(b.database, "tenant_test_b_db");
    EXPECT_EQ(a.database, "zoptal");
}

TEST_F(ZoptalLab, WhatNamesNoTenantIsServedNone)
{
    auto const t = lab->tenant("known");
    for (auto const* const host :
         {"www.zoptal.com", "zoptal.com", "nobody.zoptal.com", "nobody.example", "127.0.0.1"})
    {
        auto const reply = lab->get(host, t.token, "/api/projects");
        EXPECT_EQ(reply.status, 404) << host << reply.text;
        EXPECT_EQ(reply.error_code(), "TENANT_NOT_FOUND") << host;
    }
    EXPECT_EQ(lab->get(t.host(), "", "/api/projects").status, 401);
    EXPECT_EQ(lab->get(t.host(), "", "/api/health").status, 200);
}

TEST_F(ZoptalLab, NobodyGetsToTheServicesPastTheGateway)
{
    auto const t = lab->tenant("front");
    auto const forged =
        lab->at(t.host(), list_as(t, {{"X-Gateway-Key", "guess"}, {"X-Caller", "someone;admin"}}));
    EXPECT_EQ(forged.status, 200) << forged.text;
    EXPECT_EQ(lab->get(t.host(), t.token, "/internal/authorise").status, 404);
}

TEST_F(ZoptalLab, ANameIsGivenOnce)
{
    std::vector<std::string> const slugs{"many-1", "many-2", "many-3", "many-1"};
    int made = 0;
    int refused = 0;
    for (auto const& slug : slugs) {
        auto const reply = lab->create(slug, slug == "many-2" ? "enterprise" : "starter");
        made += reply.status == 201 ? 1 : 0;
        refused += reply.status == 409 ? 1 : 0;
    }
    EXPECT_EQ(made, 3);
    EXPECT_EQ(refused, 1);
}

TEST_F(ZoptalLab, PlansHoldAndAreShown)
{
    auto const t = lab->tenant("limits");
    std::string const big(900'000, 'x');
    lab_request upload{
        .method = "POST", .target = "/api/files?name=a.bin", .token = t.token, .raw = big};
    EXPECT_EQ(lab->at(t.host(), upload).status, 201);
    auto const refused = lab->at(t.host(), upload);
    EXPECT_EQ(refused.status, 402);
    EXPECT_EQ(refused.error_code(), "PLAN_LIMIT_REACHED");
    auto const usage = lab->get(t.host(), t.token, "/api/usage");
    EXPECT_EQ(usage.body["storage"]["used"], 900'000);
    EXPECT_FALSE(usage.header("X-RateLimit-Remaining").empty());
}

TEST_F(ZoptalLab, MetricsCountByTenantForThePlatformAlone)
{
    auto const t = lab->tenant("counted");
    lab->get(t.host(), t.token, "/api/projects");

    auto const shown = lab->admin({.target = "/metrics"}, t.host());
    EXPECT_NE(shown.text.find("zoptal_requests_total{tenant=\"counted\"}"), std::string::npos)
        << shown.text;
    EXPECT_EQ(lab->get(t.host(), t.token, "/metrics").status, 401);
}

TEST_F(ZoptalLab, ATenantThatGoesLeavesNothing)
{
    auto const t = lab->tenant("leaving");
    lab->get(t.host(), t.token, "/api/projects/" + lab->project(t, "last"));
    EXPECT_EQ(lab->admin({.method = "DELETE", .target = "/api/tenants/" + t.id}).status, 204);

    EXPECT_EQ(lab->get(t.host(), t.token, "/api/projects").status, 404);
    EXPECT_EQ(lab->create("leaving").status, 201);
}

static std::set<std::string> names_at_default(zoptal_lab& lab)
{
    auto const reply = lab.admin({.target = "/api/projects?limit=500"}, "default.zoptal.com");
    EXPECT_EQ(reply.status, 200) << reply.text;
    std::set<std::string> out;
    for (auto const& p : reply.body["projects"]) out.insert(p["name"].get<std::string>());
    return out;
}

static void step(zoptal_lab& lab, char const* name)
{
    auto const reply =
        lab.admin({.method = "POST", .target = "/_lab/migration", .body = {{"step", name}}});
    EXPECT_EQ(reply.status, 200) << name << reply.text;
}

static void release(zoptal_lab& lab, char const* name)
{
    auto const reply =
        lab.admin({.method = "POST", .target = "/_lab/release", .body = {{"release", name}}});
    EXPECT_EQ(reply.status, 200) << name << reply.text;
}

// There and back; what is written meanwhile is still there afterwards.
static std::set<std::string> migrate_and_return(zoptal_lab& lab)
{
    auto const write = [&](char const* name) {
        auto const reply = lab.admin(
            {.method = "POST", .target = "/api/projects", .body = {{"name", name}}},
            "default.zoptal.com"
        );
        EXPECT_EQ(reply.status, 201) << reply.text;
    };
    auto const before = names_at_default(lab);
    EXPECT_GE(before.size(), 24U);
    step(lab, "backup");
    step(lab, "migrate");
    release(lab, "multi");
    EXPECT_EQ(names_at_default(lab), before);
    auto const health = lab.admin({.target = "/api/health"}, "default.zoptal.com");
    EXPECT_EQ(health.body["tenant"], "default") << health.text;
    write("written since");
    release(lab, "single");
    step(lab, "restore");
    step(lab, "restore");
    auto after = names_at_default(lab);
    for (auto const& name : before) EXPECT_TRUE(after.contains(name)) << name;
    return after;
}

TEST_F(ZoptalLab, TheWayToTenantsAndBackLosesNothing)
{
    EXPECT_TRUE(migrate_and_return(*lab).contains("written since"));
    EXPECT_TRUE(migrate_and_return(*lab).contains("written since"));
}

TEST(ZoptalFaults, ARestoreCanForget)
{
    zoptal_lab lab{{"R7"}};
    EXPECT_FALSE(migrate_and_return(lab).contains("written since"));
}

TEST(ZoptalFaults, ASecondRestoreCanForget)
{
    zoptal_lab lab{{"R13"}};
    EXPECT_FALSE(migrate_and_return(lab).contains("written since"));
}

TEST(ZoptalFaults, TheGatewayCanBelieveTheClient)
{
    zoptal_lab lab{{"J01"}};
    auto const a = lab.tenant("fa");
    auto const b = lab.tenant("fb");
    lab.project(b, "secret of B");

    auto const shown = lab.at(a.host(), list_as(a, {{"X-Tenant-ID", "fb"}}));
    EXPECT_NE(shown.text.find("secret of B"), std::string::npos) << shown.text;
}

TEST(ZoptalFaults, TenantsCanShareCollections)
{
    zoptal_lab lab{{"MG12"}};
    auto const a = lab.tenant("shared-1");
    auto const b = lab.tenant("shared-2");
    lab.project(b, "secret of B");

    auto const shown = lab.at(a.host(), list_as(a));
    EXPECT_NE(shown.text.find("secret of B"), std::string::npos) << shown.text;
}

static std::string project_of_the_heir(zoptal_lab& lab)
{
    auto const former = lab.tenant("heir");
    auto const path = "/api/projects/" + lab.project(former, "secret of the former");
    lab.get(former.host(), former.token, path);
    lab.admin({.method = "DELETE", .target = "/api/tenants/" + former.id});
    auto const heir = lab.tenant("heir");
    return lab.get(heir.host(), heir.token, path).text;
}

TEST_F(ZoptalLab, ANameThatIsTakenAgainInheritsNothing)
{
    auto const shown = project_of_the_heir(*lab);
    EXPECT_EQ(shown.find("secret of the former"), std::string::npos) << shown;
}

TEST(ZoptalFaults, ANameThatIsTakenAgainCanInherit)
{
    zoptal_lab lab{{"L4"}};
    EXPECT_NE(project_of_the_heir(lab).find("secret of the former"), std::string::npos);
}

TEST(ZoptalFaults, AnotherTenantsProjectCanComeFromTheCache)
{
    zoptal_lab lab{{"K01"}};
    auto const a = lab.tenant("ca");
    auto const b = lab.tenant("cb");
    auto const path = "/api/projects/" + lab.project(b, "secret of B");
    lab.get(b.host(), b.token, path);

    EXPECT_NE(lab.get(a.host(), a.token, path).text.find("secret of B"), std::string::npos);
}

static std::string upload(zoptal_lab& lab, zoptal_tenant const& t, std::string const& content)
{
    auto const made = lab.at(
        t.host(),
        {.method = "POST", .target = "/api/files?name=f.txt", .token = t.token, .raw = content}
    );
    EXPECT_EQ(made.status, 201) << made.text;
    return made.body["id"];
}

static bool shares_files(zoptal_lab& lab)
{
    auto const a = lab.tenant("pa");
    auto const b = lab.tenant("pb");
    auto const path = "/api/files/" + upload(lab, b, "secret of B") + "/content";
    EXPECT_EQ(lab.get(b.host(), b.token, path).text, "secret of B");
    return lab.get(a.host(), a.token, path).text == "secret of B";
}

static bool keeps_styles(zoptal_lab& lab)
{
    auto const a = lab.tenant("sa");
    auto const b = lab.tenant("sb");
    lab.project(b, "secret of B");
    lab.get(b.host(), b.token, "/api/projects;page.css");
    auto const shown = lab.get(a.host(), a.token, "/api/projects;page.css").text;
    return shown.find("secret of B") != std::string::npos;
}

static bool serves_anothers_name(zoptal_lab& lab)
{
    auto const b = lab.tenant("nb");
    EXPECT_NE(lab.get(b.host(), "", "/api/branding").text.find(b.host()), std::string::npos);
    auto const target = "/api/branding?once=1";
    lab.at(b.host(), {.target = target, .extra = {{"X-Forwarded-Host", "evil.example"}}});
    return lab.get(b.host(), "", target).text.find("evil.example") != std::string::npos;
}

static bool confirms_anothers_version(zoptal_lab& lab)
{
    auto const a = lab.tenant("va");
    auto const b = lab.tenant("vb");
    auto const path = "/api/projects/" + lab.project(b, "secret of B");
    auto const tag = lab.get(b.host(), b.token, path).header("ETag");
    headers const condition{{"If-None-Match", tag}};
    auto const own = lab.at(b.host(), {.target = path, .token = b.token, .extra = condition});
    EXPECT_EQ(own.status, 304);
    lab_request const asked{.target = path, .token = a.token, .extra = condition};
    return lab.at(a.host(), asked).status == 304;
}

TEST_F(ZoptalLab, TheGatewayKeepsNothingForOthers)
{
    EXPECT_FALSE(shares_files(*lab));
    EXPECT_FALSE(keeps_styles(*lab));
    EXPECT_FALSE(serves_anothers_name(*lab));
    EXPECT_FALSE(confirms_anothers_version(*lab));
}

TEST(ZoptalFaults, TheGatewayCanKeepFilesByTheirPathAlone)
{
    zoptal_lab lab{{"K16"}};
    EXPECT_TRUE(shares_files(lab));
}

TEST(ZoptalFaults, TheGatewayCanKeepWhatLooksLikeAStyleSheet)
{
    zoptal_lab lab{{"K17"}};
    EXPECT_TRUE(keeps_styles(lab));
}

TEST(ZoptalFaults, TheGatewayCanPassAForwardedHostOn)
{
    zoptal_lab lab{{"K18"}};
    EXPECT_TRUE(serves_anothers_name(lab));
}

TEST(ZoptalFaults, AVersionCanBeConfirmedToAnybody)
{
    zoptal_lab lab{{"K19"}};
    EXPECT_TRUE(confirms_anothers_version(lab));
}

} // namespace watertight::test
