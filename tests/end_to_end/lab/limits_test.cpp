// Limits, plans, records and what a removal leaves: each fault shows its defect, and the correct
// service of its dialect does not.
#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::test {

namespace {

std::size_t made(std::vector<int> const& statuses)
{
    return static_cast<std::size_t>(std::ranges::count(statuses, 201));
}

lab_reply configure(lab_process& lab, lab_tenant const& t, char const* key, json value)
{
    return lab.send(
        {.method = "POST",
         .target = "/api/v1/tenants/" + t.id + "/config",
         .token = t.token,
         .body = {{"configKey", key}, {"configValue", std::move(value)}}}
    );
}

bool mis_n2(lab_process& lab)
{
    auto const t = make_tenant(lab, "many-users");
    make_user(lab, t, "second", {{"password", good_password}});
    auto const session = log_in(lab, t.slug, "second@many-users.example");
    configure(lab, t, "api.rate_limit", 6);
    lab_reply last;
    for (int i = 0; i < 8; ++i) last = lab.send({.target = "/api/v1/users", .token = t.token});
    EXPECT_EQ(last.status, 429);
    std::string const token = session.body["token"];
    return lab.send({.target = "/api/v1/users", .token = token}).status == 200;
}

bool mis_n9(lab_process& lab)
{
    auto const t = make_tenant(lab, "small-plan");
    return lab.send({.target = "/api/v1/analytics", .token = t.token}).status == 200;
}

bool mis_n11(lab_process& lab)
{
    auto const t = make_tenant(lab, "counted");
    auto const other = make_tenant(lab, "busy");
    auto const requests = [&] {
        auto const target = "/api/v1/tenants/" + t.id + "/usage";
        return lab.send({.target = target, .token = t.token}).body["requests"].get<int>();
    };
    auto const before = requests();
    for (int i = 0; i < 5; ++i) lab.send({.target = "/api/v1/users", .token = other.token});
    return requests() > before + 1;
}

bool mis_l8(lab_process& lab)
{
    auto const t = make_tenant(lab, "mover");
    configure(lab, t, "note.kept", "kept");
    auto const base = "/api/v1/tenants/" + t.id;
    json const plan{{"targetPlan", "premium"}};
    lab.send({.method = "POST", .target = base + "/migrate", .token = t.token, .body = plan});
    auto const settings = lab.send({.target = base + "/config", .token = t.token});
    return settings.text.find("note.kept") == std::string::npos;
}

bool mis_x08(lab_process& lab)
{
    auto const t = make_tenant(lab, "logged");
    make_user(lab, t, "bob");
    auto const log = lab.send({.target = "/api/v1/audit-logs", .token = t.token});
    return log.text.find("user.create") == std::string::npos;
}

bool mis_x10(lab_process& lab)
{
    auto const t = make_tenant(lab, "curious");
    auto const other = make_tenant(lab, "curious-about");
    lab.send({.target = "/api/v1/tenants/" + other.id, .token = t.token});
    auto const log = lab.send({.target = "/api/v1/audit-logs", .token = other.token});
    return log.text.find(t.admin_id) != std::string::npos;
}

struct workspace {
    std::string id;
    std::string token;
    lab_process& lab;

    lab_request request(std::string const& method, std::string const& target, json body = {}) const
    {
        return {
            .method = method,
            .target = target,
            .token = token,
            .body = std::move(body),
            .extra = {{"X-Workspace-Id", id}}};
    }
};

workspace make_workspace(lab_process& lab, std::string const& slug)
{
    json const admin{{"email", "admin@" + slug + ".example"}, {"password", good_password}};
    json const body{
        {"name", slug}, {"slug", slug}, {"quotas", {{"segments", 5}}}, {"admin", admin}};
    auto const answer = lab.send(
        {.method = "POST",
         .target = "/api/admin/workspaces",
         .token = lab.admin_token(),
         .body = body}
    );
    std::string const id = answer.body["id"];
    auto const session = lab.send(
        {.method = "POST",
         .target = "/api/session",
         .body = admin,
         .extra = {{"X-Workspace-Id", id}}}
    );
    return {id, session.body["token"], lab};
}

bool dittofeed_n1(lab_process& lab)
{
    // A race: once in a while nobody overtakes anybody.
    for (auto const* const name : {"crowded", "crammed", "packed", "teeming"}) {
        auto const w = make_workspace(lab, name);
        auto const answers =
            lab.send_at_once(w.request("POST", "/api/segments", {{"name", "n"}}), 40);
        if (made(answers) > 5) return true;
    }
    return false;
}

std::string log_of(workspace const& w)
{
    return w.lab.send(w.request("GET", "/api/audit-log")).text;
}

bool dittofeed_a18(lab_process& lab)
{
    auto const w = make_workspace(lab, "typist");
    json const wrong{{"email", "admin@typist.example"}, {"password", "not-this-one"}};
    lab.send(
        {.method = "POST",
         .target = "/api/session",
         .body = wrong,
         .extra = {{"X-Workspace-Id", w.id}}}
    );
    return log_of(w).find("not-this-one") != std::string::npos;
}

// What A's attempt on B leaves in either's log.
std::pair<bool, bool> logged(lab_process& lab)
{
    auto const a = make_workspace(lab, "curious");
    auto const b = make_workspace(lab, "curious-about");
    lab.send(workspace{b.id, a.token, lab}.request("GET", "/api/segments"));
    auto const in = [](workspace const& w) {
        return log_of(w).find("access.refused") != std::string::npos;
    };
    return {in(a), in(b)};
}

bool dittofeed_x08(lab_process& lab)
{
    return logged(lab) == std::pair{false, false};
}

bool dittofeed_x10(lab_process& lab)
{
    return logged(lab) == std::pair{false, true};
}

struct integers_tenant {
    json answer;
    std::string token;
};

integers_tenant make_integers(lab_process& lab, std::string const& subdomain, json more)
{
    json body{
        {"name", subdomain},
        {"subdomain", subdomain},
        {"plan_type", "pro"},
        {"admin", {{"username", "owner"}, {"password", good_password}}}};
    body.update(more);
    auto const answer = lab.send(
        {.method = "POST",
         .target = "/api/v1/admin/tenants",
         .token = lab.admin_token(),
         .body = body}
    );
    auto const session = lab.send(
        {.method = "POST",
         .target = "/api/v1/auth/login",
         .body = {{"username", "owner"}, {"password", good_password}},
         .extra = {{"X-Tenant", subdomain}}}
    );
    return {answer.body, session.body["token"]};
}

bool integers_n2(lab_process& lab)
{
    auto const t = make_integers(lab, "many-users", {{"max_api_calls_per_month", 5}});
    json const body{{"username", "second"}, {"password", good_password}};
    auto const second =
        lab.send({.method = "POST", .target = "/api/v1/users", .token = t.token, .body = body});
    for (int i = 0; i < 6; ++i) lab.send({.target = "/api/v1/tenant", .token = t.token});
    std::string const key = second.body["api_key"];
    auto const answer = lab.send(
        {.target = "/api/v1/tenant",
         .extra = {{"X-Tenant", "many-users"}, {"Authorization", "ApiKey " + key}}}
    );
    return answer.status == 200;
}

bool integers_l9(lab_process& lab)
{
    auto const key = [&](char const* subdomain) {
        return make_integers(lab, subdomain, json::object()).answer["admin"]["api_key"];
    };
    return key("keys-a") == key("keys-b");
}

struct limit_case {
    char const* dialect;
    char const* prefix;
    char const* id;
    bool (*shows)(lab_process&);
};

constexpr limit_case cases[] = {
    {"mis", "MIS", "N2", mis_n2},
    {"mis", "MIS", "N9", mis_n9},
    {"mis", "MIS", "N11", mis_n11},
    {"mis", "MIS", "L8", mis_l8},
    {"mis", "MIS", "X08", mis_x08},
    {"mis", "MIS", "X10", mis_x10},
    {"dittofeed", "DITTOFEED", "N1", dittofeed_n1},
    {"dittofeed", "DITTOFEED", "A18", dittofeed_a18},
    {"dittofeed", "DITTOFEED", "X08", dittofeed_x08},
    {"dittofeed", "DITTOFEED", "X10", dittofeed_x10},
    {"user-integers", "INTEGERS", "N2", integers_n2},
    {"user-integers", "INTEGERS", "L9", integers_l9},
};

class Promise : public testing::TestWithParam<limit_case> {};

std::string name_of(testing::TestParamInfo<limit_case> const& one)
{
    auto name = std::string{one.param.dialect} + one.param.id;
    std::erase(name, '-');
    return name;
}

} // namespace

TEST_P(Promise, IsBrokenByItsFaultAlone)
{
    auto const& c = GetParam();
    lab_process faulty{{"--dialect", c.dialect, "--fault", c.id}, c.prefix};
    EXPECT_TRUE(c.shows(faulty));
    lab_process correct{{"--dialect", c.dialect}, c.prefix};
    EXPECT_FALSE(c.shows(correct));
}

INSTANTIATE_TEST_SUITE_P(, Promise, testing::ValuesIn(cases), name_of);

} // namespace watertight::test
