// Each fault shows its defect, and the correct service shows none of them.

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "tests/end_to_end/lab/fault_world.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace watertight::test {

static bool a01(world& w)
{
    return w.names_victim(w.as_a("GET", w.victim_path()));
}

static bool changes_victim(world& w, char const* method)
{
    w.as_a(method, w.victim_path(), {{"name", "owned"}, {"email", "owned@example.org"}});
    return w.as_b("GET", w.victim_path()).body.value("name", "") == "owned";
}

static bool a02(world& w)
{
    return changes_victim(w, "PATCH");
}

static bool a03(world& w)
{
    w.as_a("DELETE", w.victim_path());
    return w.as_b("GET", w.victim_path()).status == 404;
}

static bool a05(world& w)
{
    return w.names_victim(w.as_a("GET", "/api/v1/users"));
}
static bool a06(world& w)
{
    return w.names_victim(w.as_a("GET", "/api/v1/users?tenant_id=" + w.b.id));
}
static bool a08(world& w)
{
    return w.as_a("GET", "/api/v1/users").body["total"] != 1;
}
static bool a09(world& w)
{
    return w.names_victim(w.as_a("GET", "/api/v1/users?q=bob"));
}
// Media, with what can be done to them.
static std::string make_medium(world& w, bool is_victims, json body = {{"title", "cover of bob"}})
{
    auto const made = is_victims ? w.as_b("POST", "/api/v1/media", std::move(body))
                                 : w.as_a("POST", "/api/v1/media", std::move(body));
    return made.body["id"].get<std::string>();
}

static json status_of(world& w, std::string const& medium)
{
    return w.as_b("GET", "/api/v1/media/" + medium).body["status"];
}

static bool a10(world& w)
{
    auto const medium = make_medium(w, true);
    json const ids = json::array({make_medium(w, false), medium});
    w.as_a("POST", "/api/v1/media/archive", {{"ids", ids}});
    return status_of(w, medium) == "archived";
}

static bool a12(world& w)
{
    auto const shown = w.as_a("GET", "/api/media/" + make_medium(w, true));
    return shown.text.find("cover of bob") != std::string::npos;
}

static bool a17(world& w)
{
    auto const file = w.lab.send(
        {.method = "POST", .target = "/api/v1/files?name=bob.txt", .token = w.b.token, .raw = "x"}
    );
    json const body{{"title", "mine"}, {"coverFileId", file.body["id"]}};
    return w.as_a("POST", "/api/v1/media", body).text.find("bob.txt") != std::string::npos;
}

static bool a23(world& w)
{
    w.as_a("POST", "/api/v1/media", {{"title", "half"}, {"sizeBytes", -1}});
    return w.as_a("GET", "/api/v1/media").text.find("half") != std::string::npos;
}

static bool a30(world& w)
{
    auto const key = "order-of-" + w.b.slug;
    w.lab.send(
        {.method = "POST",
         .target = "/api/v1/media",
         .token = w.b.token,
         .body = {{"title", "cover of bob"}},
         .extra = {{"Idempotency-Key", key}}}
    );
    auto const mine =
        w.as_a("POST", "/api/v1/media", {{"title", "mine"}}, {{"Idempotency-Key", key}});
    return mine.text.find("cover of bob") != std::string::npos;
}

static bool a31(world& w)
{
    make_medium(w, true);
    make_medium(w, true);
    json const next = w.as_b("GET", "/api/v1/media?limit=1").body["nextCursor"];
    auto const page = w.as_a("GET", "/api/v1/media?limit=1&cursor=" + next.get<std::string>());
    return page.text.find("cover of bob") != std::string::npos;
}

static bool a35(world& w)
{
    auto const medium = make_medium(w, true);
    w.as_a("POST", "/api/v1/media/" + medium + "/publish");
    return status_of(w, medium) == "published";
}

static bool a37(world& w)
{
    return w.names_victim(w.as_a("GET", "/api/v1/users?q=%25'%20OR%20'1'='1'%20OR%20'1'%20LIKE%20'")
    );
}

static bool a13(world& w)
{
    return changes_victim(w, "PUT");
}

static bool a15(world& w)
{
    json const body{{"name", "planted"}, {"email", "planted@example.org"}, {"tenantId", w.b.id}};
    w.as_a("POST", "/api/v1/users", body);
    return w.as_b("GET", "/api/v1/users?q=planted").body["total"] == 1;
}

static bool a16(world& w)
{
    auto const own = make_user(w.lab, w.a, "mover");
    w.as_a("PATCH", "/api/v1/users/" + own["id"].get<std::string>(), {{"tenant_id", w.b.id}});
    return w.as_b("GET", "/api/v1/users?q=mover").body["total"] == 1;
}

static bool a18(world& w)
{
    return w.names_victim(w.as_a("GET", "/api/v1/users/" + w.a.admin_id));
}

static bool a19(world& w)
{
    auto const absent = w.as_a("GET", "/api/v1/users/00000000-0000-4000-8000-00000000dead");
    return w.as_a("GET", w.victim_path()).text != absent.text;
}

static bool a21(world& w)
{
    return w.as_a("GET", "/api/v1/tenants").text.find(w.b.id) != std::string::npos;
}

static bool a22(world& w)
{
    w.as_b("DELETE", w.victim_path());
    return w.as_b("GET", w.victim_path()).status == 200;
}

static bool a34(world& w)
{
    return w.as_a("GET", w.victim_path()).text.find(w.victim["email"].get<std::string>()) !=
           std::string::npos;
}

static bool j01(world& w)
{
    return w.names_victim(w.as_a("GET", "/api/v1/users", {}, {{"X-Tenant-ID", w.b.id}}));
}

static bool j02(world& w)
{
    auto const by_host = w.as_a("GET", "/api/v1/users", {}, {{"Host", w.b.slug + ".mis.local"}});
    return w.names_victim(by_host) &&
           w.names_victim(w.as_a("GET", "/api/v1/users?tenant=" + w.b.slug));
}

static bool j02_by_either(world& w)
{
    auto const by_host = w.as_a("GET", "/api/v1/users", {}, {{"Host", w.b.slug + ".mis.local"}});
    return w.names_victim(by_host) ||
           w.names_victim(w.as_a("GET", "/api/v1/users?tenant=" + w.b.slug));
}

// A token of these claims, whoever may have signed it.
static std::string made_token(json const& claims, json const& header, std::string const& key)
{
    auto const plain = base64url(header.dump()) + "." + base64url(claims.dump());
    return plain + "." + base64url(lab::hmac_sha256(key, plain));
}

static json claims_of(std::string const& token)
{
    return json::parse(*base64_decode(split(token, '.')[1]));
}

static bool j03(world& w)
{
    auto claims = claims_of(w.a.token);
    claims.erase("tenantId");
    claims.erase("tenantSlug");
    auto const key = w.lab.environment("MIS_TOKEN_KEY");
    auto const token = made_token(claims, {{"alg", "HS256"}}, key);
    return w.lab.send({.target = "/api/v1/users", .token = token}).status == 200;
}

static bool j08(world& w)
{
    json const header{{"alg", "HS256"}, {"kid", "../../../../../../../../dev/null"}};
    auto const token = made_token(claims_of(w.b.token), header, "");
    return w.names_victim(w.lab.send({.target = "/api/v1/users", .token = token}));
}

static bool j07(world& w)
{
    auto claims = json::parse(*base64_decode(split(w.a.token, '.')[1]));
    claims["tenantId"] = w.b.id;
    claims["tenantSlug"] = w.b.slug;
    auto const forged = base64url(R"({"alg":"none"})") + "." + base64url(claims.dump()) + ".";
    return w.names_victim(w.lab.send({.target = "/api/v1/users", .token = forged}));
}

static bool j12(world& w)
{
    json const body{
        {"email", w.a.admin_email}, {"password", good_password}, {"tenantSlug", w.b.slug}};
    auto const session =
        w.lab.send({.method = "POST", .target = "/api/v1/auth/login", .body = body});
    return w.names_victim(
        w.lab.send({.target = "/api/v1/users", .token = session.body.value("token", "")})
    );
}

static bool j16(world& w)
{
    auto other_case = w.b.slug;
    for (char& c : other_case) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return w.names_victim(w.as_a("GET", "/api/v1/users", {}, {{"X-Tenant-Slug", other_case}}));
}

static bool k05(world& w)
{
    w.as_a("GET", w.victim_path());
    return w.as_b("GET", w.victim_path()).status == 404;
}

static bool j10(world& w)
{
    auto const user = make_user(w.lab, w.a, "leaver", {{"password", good_password}});
    json const token = log_in(w.lab, w.a.slug, "leaver@" + w.a.slug + ".example").body["token"];
    w.as_a("DELETE", "/api/v1/users/" + user["id"].get<std::string>());
    return w.lab.send({.target = "/api/v1/users", .token = token}).status == 200;
}

static bool n8(world& w)
{
    w.as_b(
        "POST",
        "/api/v1/tenants/" + w.b.id + "/config",
        {{"configKey", "api.rate_limit"}, {"configValue", 20}}
    );
    for (int i = 0; i < 25; ++i) w.as_a("GET", "/api/v1/features");
    return w.as_b("GET", "/api/v1/features").status == 429;
}

static bool l1(world& w)
{
    w.as_a("POST", "/api/v1/media", {{"title", "left"}});
    w.lab.send(
        {.method = "DELETE", .target = "/api/v1/tenants/" + w.a.id, .token = w.lab.admin_token()}
    );
    auto const rows =
        w.lab.sql_value("SELECT count(*) FROM media WHERE tenant_id = '" + w.a.id + "'");
    return rows == "1" && !w.lab.redis_keys("tenant:" + w.a.id + ":*").empty();
}

static bool l6(world& w)
{
    w.lab.send(
        {.method = "PATCH",
         .target = "/api/v1/tenants/" + w.a.id,
         .token = w.lab.admin_token(),
         .body = {{"status", "suspended"}}}
    );
    return w.as_a("GET", "/api/v1/users").status == 200;
}

// How long a change of the schema has to wait after the multi-tenant release served for a moment.
static bool r1(world& w)
{
    auto const change = [&](char const* statement) {
        w.lab.sql("MIS_CLASSIC_POSTGRES_URL", statement);
    };
    auto const release = [&](char const* name) {
        w.lab.send(
            {.method = "POST",
             .target = "/_lab/release",
             .token = w.lab.admin_token(),
             .body = {{"release", name}}}
        );
    };
    change("ALTER TABLE users ADD COLUMN IF NOT EXISTS tenant_id uuid");
    release("multi");
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    release("single");
    try {
        change("SET lock_timeout = '3s'; ALTER TABLE users DROP COLUMN tenant_id");
        return false;
    } catch (std::exception const&) {
        return true;
    }
}

static std::string order_export(world& w, lab_tenant const& whose, json more = json::object())
{
    json body{{"label", "all"}, {"dataTypes", {"users"}}};
    body.update(more);
    auto const made = w.lab.send(
        {.method = "POST", .target = "/api/v1/exports", .token = whose.token, .body = body}
    );
    auto const path = "/api/v1/exports/" + made.body["id"].get<std::string>();
    for (int i = 0; i < 200; ++i) {
        auto const state = w.lab.send({.target = path, .token = whose.token});
        if (state.body.value("status", "") == "done") break;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return path;
}

static bool a11(world& w)
{
    return w.names_victim(w.as_a("GET", order_export(w, w.b) + "/download"));
}

static bool q2(world& w)
{
    auto const path = order_export(w, w.a, {{"tenantId", w.b.id}});
    return w.names_victim(w.as_a("GET", path + "/download"));
}

static bool q8(world& w)
{
    json const order{{"label", "x"}, {"dataTypes", {"no such thing"}}};
    EXPECT_EQ(w.as_a("POST", "/api/v1/exports", order).status, 202);
    return w.as_b("GET", order_export(w, w.b)).body.value("status", "") != "done";
}

static bool x06(world& w)
{
    return w.names_victim(w.as_a("GET", order_export(w, w.a) + "/download"));
}

// The same connection, hence the same core.
static bool x01(world& w)
{
    w.as_b("GET", "/api/v1/users");
    return w.names_victim(w.lab.send({.target = "/api/v1/users"}));
}

static bool a24(world& w)
{
    auto const mine = make_medium(w, false, {{"title", "of alice"}});
    auto const query = "{ mine: media(id: \"" + mine + "\") { title } theirs: media(id: \"" +
                       make_medium(w, true) + "\") { title } }";
    auto const shown = w.as_a("POST", "/graphql", {{"query", query}});
    EXPECT_NE(shown.text.find("of alice"), std::string::npos);
    return shown.text.find("cover of bob") != std::string::npos;
}

static bool j13(world& w)
{
    auto const mine = make_medium(w, false, {{"title", "of both"}});
    auto const theirs = make_medium(w, true, {{"title", "of both"}});
    w.as_a("POST", "/api/v1/media/" + mine + "/publish");
    return status_of(w, theirs) == "published";
}

static bool j14(world& w)
{
    headers const claim{{"X-On-Behalf-Of", w.b.admin_id}};
    return w.names_victim(w.as_a("GET", "/api/v1/users", {}, claim));
}

static bool j15(world& w)
{
    auto const opened = w.as_a("POST", "/api/v1/users/" + w.b.admin_id + "/impersonate");
    return opened.status == 201 && opened.body["tenant"]["id"] == w.b.id;
}

static std::string upload(world& w, lab_tenant const& whose, std::string const& content)
{
    auto const made = w.lab.send(
        {.method = "POST",
         .target = "/api/v1/files?name=like.txt",
         .token = whose.token,
         .raw = content}
    );
    return made.body["id"].get<std::string>();
}

static bool f2(world& w)
{
    auto const theirs = upload(w, w.b, "theirs");
    auto const found = w.as_a("GET", "/api/v1/files?prefix=" + w.b.id + "/");
    return found.text.find(theirs) != std::string::npos;
}

static bool f6(world& w)
{
    auto const like = make_tenant(w.lab, w.a.slug + "0");
    auto const theirs = upload(w, like, "theirs");
    return w.as_a("GET", "/api/v1/files").text.find(theirs) != std::string::npos;
}

static bool f8(world& w)
{
    auto const theirs = upload(w, w.b, "theirs");
    upload(w, w.a, "mine");
    auto const shown = w.as_b("GET", "/api/v1/files/" + theirs + "/content");
    EXPECT_EQ(shown.status, 200);
    return shown.text == "mine";
}

static lab_reply ask_for_tenant(world& w, std::string const& slug, char const* password)
{
    json const body{
        {"name", slug},
        {"slug", slug},
        {"plan", "basic"},
        {"admin", {{"email", "owner@example.org"}, {"password", password}}}};
    return w.lab.send(
        {.method = "POST",
         .target = "/api/v1/tenants/create",
         .token = w.lab.admin_token(),
         .body = body}
    );
}

static bool l5(world& w)
{
    auto const slug = "half-of-" + w.a.slug;
    EXPECT_EQ(ask_for_tenant(w, slug, "x").status, 422);
    return ask_for_tenant(w, slug, good_password).status == 409;
}

static bool l10(world& w)
{
    auto const path = "/api/v1/tenants/" + w.a.id;
    auto const mine = make_medium(w, false);
    auto const taken = w.as_a("POST", path + "/backups");
    EXPECT_EQ(taken.status, 201);
    w.as_a("DELETE", "/api/v1/media/" + mine);
    auto const theirs = make_medium(w, true);
    w.as_a("POST", path + "/restore", {{"backupId", taken.body["id"]}});
    EXPECT_EQ(w.as_a("GET", "/api/v1/media/" + mine).status, 200);
    return w.as_b("GET", "/api/v1/media/" + theirs).status == 404;
}

static bool q5(world& w)
{
    make_medium(w, true, {{"title", "newest of " + w.b.slug}});
    w.lab.send({.method = "POST", .target = "/api/v1/digests/run", .token = w.lab.admin_token()});
    auto const log = w.as_b("GET", "/api/v1/audit-logs").text;
    return log.find("newest of " + w.b.slug) == std::string::npos;
}

static std::vector<fault_case> all_cases()
{
    std::vector<fault_case> out{
        {"A01", a01}, {"A02", a02}, {"A03", a03}, {"A05", a05}, {"A06", a06}, {"A08", a08},
        {"A09", a09}, {"A13", a13}, {"A15", a15}, {"A16", a16}, {"A18", a18}, {"A19", a19},
        {"A21", a21}, {"A22", a22}, {"A34", a34}, {"A10", a10}, {"A12", a12}, {"A17", a17},
        {"A23", a23}, {"A30", a30}, {"A31", a31}, {"A35", a35}, {"A37", a37}, {"J01", j01},
        {"J02", j02}, {"J03", j03}, {"J07", j07}, {"J08", j08}, {"J10", j10}, {"J12", j12},
        {"J16", j16}, {"K05", k05}, {"N8", n8},   {"L1", l1},   {"L6", l6},   {"R1", r1},
        {"A11", a11}, {"Q2", q2},   {"Q8", q8},   {"X06", x06}, {"X01", x01}, {"J13", j13},
        {"J14", j14}, {"J15", j15}, {"A24", a24}, {"F2", f2},   {"F6", f6},   {"F8", f8},
        {"A33", a33}, {"Q4", q4},   {"L5", l5},   {"L10", l10}, {"Q5", q5},
    };
    auto const others = storage_faults();
    out.insert(out.end(), others.begin(), others.end());
    return out;
}

class Fault : public testing::TestWithParam<fault_case> {};

TEST_P(Fault, ShowsItsDefect)
{
    lab_process lab{{"--fault", GetParam().id}};
    world w{lab, ""};

    EXPECT_EQ(lab.ready()["faults"], json::array({GetParam().id}));
    EXPECT_TRUE(GetParam().shows(w));
}

static std::string name_of_case(testing::TestParamInfo<fault_case> const& one)
{
    return one.param.id;
}

INSTANTIATE_TEST_SUITE_P(, Fault, testing::ValuesIn(all_cases()), name_of_case);

TEST(CorrectLab, ShowsNoneOfTheDefects)
{
    lab_process lab;
    for (auto const& c : all_cases()) {
        world w{lab, "-" + to_lower(c.id)};
        EXPECT_FALSE(c.shows(w)) << c.id;
    }
    world w{lab, "-either"};
    EXPECT_FALSE(j02_by_either(w));
}

} // namespace watertight::test
