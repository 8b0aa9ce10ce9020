// The property system: tenants by header and membership, and each of its faults shows its defect.

#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

namespace {

struct portfolio {
    std::string id;
    std::string owner;
};

lab_reply
ask(lab_process& lab,
    std::string const& method,
    std::string const& target,
    std::string const& token,
    std::string const& tenant,
    json body = {})
{
    headers extra;
    if (!tenant.empty()) extra.emplace_back("X-Tenant-Id", tenant);
    return lab.send(
        {.method = method,
         .target = target,
         .token = token,
         .body = std::move(body),
         .extra = std::move(extra)}
    );
}

std::string admin_of(lab_process& lab)
{
    return lab.environment("PROPTECH_ADMIN_TOKEN");
}

std::string token_of(lab_process& lab, std::string const& email, std::string const& password)
{
    auto const in =
        ask(lab, "POST", "/api/auth/login", "", "", {{"email", email}, {"password", password}});
    return in.body.value("access_token", "");
}

portfolio make(lab_process& lab, std::string const& slug)
{
    json owner{{"email", "owner@" + slug + ".test"}, {"password", "pw-" + slug}};
    json const body{{"name", slug}, {"slug", slug}, {"owner", owner}};
    auto const made = ask(lab, "POST", "/api/tenants", admin_of(lab), "", body);
    return {made.body.value("id", ""), token_of(lab, "owner@" + slug + ".test", "pw-" + slug)};
}

std::string add(lab_process& lab, portfolio const& p, char const* path, json const& body)
{
    return ask(lab, "POST", path, p.owner, p.id, body).body.value("id", "");
}

std::size_t length(lab_reply const& reply, char const* name)
{
    return reply.body.contains(name) ? reply.body[name].size() : 0;
}

} // namespace

class LabProptech : public testing::Test {
protected:
    static std::vector<std::string> with(std::string const& fault)
    {
        std::vector<std::string> out{"--dialect", "proptech"};
        if (!fault.empty()) out.insert(out.end(), {"--fault", fault});
        return out;
    }
};

TEST_F(LabProptech, ATenantIsNamedByItsHeaderAndOnlyToItsMembers)
{
    lab_process lab{with(""), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    ASSERT_FALSE(a.owner.empty() || b.owner.empty());
    auto const id = add(lab, b, "/api/projects", {{"name", "Harbour"}});

    EXPECT_EQ(ask(lab, "GET", "/api/projects", a.owner, "").error_code(), "TENANT_REQUIRED");
    EXPECT_EQ(ask(lab, "GET", "/api/projects", a.owner, "t-nobody").error_code(), "NOT_A_MEMBER");
    EXPECT_EQ(ask(lab, "GET", "/api/projects", a.owner, b.id).error_code(), "NOT_A_MEMBER");
    EXPECT_EQ(ask(lab, "GET", "/api/projects", "", b.id).status, 401);
    EXPECT_EQ(ask(lab, "GET", "/api/projects/" + id, a.owner, a.id).status, 404);
    EXPECT_EQ(
        ask(lab, "GET", "/api/projects/" + id, b.owner, b.id).body.value("name", ""), "Harbour"
    );
}

TEST_F(LabProptech, AMemberOfTwoSeesEachUnderItsHeaderAndListsBoth)
{
    lab_process lab{with(""), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    add(lab, a, "/api/projects", {{"name", "Attic"}});
    add(lab, b, "/api/projects", {{"name", "Boathouse"}});
    json const both{{"email", "both@x.test"}, {"password", "pw"}, {"role", "viewer"}};
    for (auto const& p : {a, b}) {
        EXPECT_EQ(ask(lab, "POST", "/api/users", p.owner, p.id, both).status, 201);
    }
    auto const token = token_of(lab, "both@x.test", "pw");

    auto const in_a = ask(lab, "GET", "/api/projects", token, a.id);
    auto const in_b = ask(lab, "GET", "/api/projects", token, b.id);
    EXPECT_NE(in_a.text.find("Attic"), std::string::npos);
    EXPECT_EQ(in_a.text.find("Boathouse"), std::string::npos);
    EXPECT_NE(in_b.text.find("Boathouse"), std::string::npos);
    EXPECT_EQ(length(ask(lab, "GET", "/api/tenants", token, ""), "tenants"), 2U);
    EXPECT_EQ(length(ask(lab, "GET", "/api/tenants", a.owner, ""), "tenants"), 1U);
    auto const all = ask(lab, "GET", "/api/tenants", admin_of(lab), "");
    EXPECT_EQ(length(all, "tenants"), 3U);
    EXPECT_NE(all.text.find("tenant-default"), std::string::npos);
    json const project{{"name", "A viewer's"}};
    EXPECT_EQ(
        ask(lab, "POST", "/api/projects", token, a.id, project).error_code(), "SCOPE_MISSING"
    );
}

TEST_F(LabProptech, ADeletedTenantLeavesNothingAndTakesNothingOfOthers)
{
    lab_process lab{with(""), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    add(lab, a, "/api/projects", {{"name", "Attic"}});
    auto const kept = add(lab, b, "/api/projects", {{"name", "Boathouse"}});

    EXPECT_EQ(ask(lab, "DELETE", "/api/tenants/" + a.id, admin_of(lab), "").status, 204);

    EXPECT_EQ(ask(lab, "GET", "/api/projects", a.owner, a.id).status, 403);
    EXPECT_EQ(token_of(lab, "owner@alpha.test", "pw-alpha"), "");
    EXPECT_EQ(ask(lab, "GET", "/api/projects/" + kept, b.owner, b.id).status, 200);
}

static json backfill(lab_process& lab)
{
    return ask(lab, "POST", "/_lab/backfill", admin_of(lab), "").body;
}

static json validation(lab_process& lab)
{
    return ask(lab, "GET", "/_lab/validation", admin_of(lab), "").body;
}

TEST_F(LabProptech, TheBackfillCanBeRepeatedAndRestored)
{
    lab_process lab{with(""), "PROPTECH"};
    auto const admin = admin_of(lab);
    EXPECT_GT(validation(lab).value("missing_all", 0), 0);
    json const closed{{"mode", "read_only"}};
    EXPECT_EQ(ask(lab, "POST", "/_lab/maintenance", admin, "", closed).status, 200);
    json const project{{"name", "late"}};
    EXPECT_EQ(ask(lab, "POST", "/classic/api/projects", "", "", project).status, 503);
    EXPECT_EQ(ask(lab, "POST", "/_lab/backup", admin, "").status, 200);

    EXPECT_GT(backfill(lab).value("updated", 0), 0);
    EXPECT_EQ(backfill(lab).value("updated", -1), 0);
    EXPECT_EQ(validation(lab).value("missing_all", -1), 0);
    EXPECT_EQ(validation(lab).value("owned_before", 0), 6);
    EXPECT_EQ(ask(lab, "GET", "/_lab/accounts", admin, "").status, 200);

    EXPECT_EQ(ask(lab, "POST", "/_lab/restore", admin, "").status, 200);
    EXPECT_GT(validation(lab).value("missing_all", 0), 0);
}

TEST_F(LabProptech, J15ServesWhoIsNoMember)
{
    lab_process lab{with("J15"), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    add(lab, b, "/api/projects", {{"name", "Boathouse"}});
    auto const seen = ask(lab, "GET", "/api/projects", a.owner, b.id);
    EXPECT_NE(seen.text.find("Boathouse"), std::string::npos);
}

TEST_F(LabProptech, K06ServesOnARoleOfAnotherTenant)
{
    lab_process lab{with("K06"), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    EXPECT_EQ(ask(lab, "GET", "/api/projects", a.owner, b.id).status, 403);
    ask(lab, "GET", "/api/projects", a.owner, a.id);
    EXPECT_EQ(ask(lab, "GET", "/api/projects", a.owner, b.id).status, 200);
}

TEST_F(LabProptech, X07FiltersByNoTenant)
{
    lab_process lab{with("X07"), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    add(lab, b, "/api/projects", {{"name", "Boathouse"}});
    auto const seen = ask(lab, "GET", "/api/projects", a.owner, "undefined");
    EXPECT_NE(seen.text.find("Boathouse"), std::string::npos);
}

TEST_F(LabProptech, J02UsesTheLastOfTwoHeaders)
{
    lab_process lab{with("J02"), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    add(lab, b, "/api/projects", {{"name", "Boathouse"}});
    auto const seen = lab.send(
        {.target = "/api/projects",
         .token = a.owner,
         .extra = {{"X-Tenant-Id", a.id}, {"X-Tenant-Id", b.id}}}
    );
    EXPECT_NE(seen.text.find("Boathouse"), std::string::npos);
}

TEST_F(LabProptech, MG1ReadsDocumentsOfOthers)
{
    lab_process lab{with("MG1"), "PROPTECH"};
    auto const a = make(lab, "alpha");
    auto const b = make(lab, "beta");
    auto const id = add(lab, b, "/api/documents", {{"title", "Deed"}});
    EXPECT_EQ(ask(lab, "GET", "/api/documents/" + id, a.owner, a.id).status, 200);
}

TEST_F(LabProptech, MG2ListsDocumentsOfOthers)
{
    for (auto const* const fault : {"", "MG2"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        add(lab, b, "/api/documents", {{"title", "Deed"}});
        auto const seen = ask(lab, "GET", "/api/documents", a.owner, a.id);
        EXPECT_EQ(length(seen, "documents"), *fault == 0 ? 0U : 1U);
    }
}

TEST_F(LabProptech, MG3ShowsAProjectOfOthers)
{
    for (auto const* const fault : {"", "MG3"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        auto const own = add(lab, a, "/api/projects", {{"name", "Attic"}});
        auto const theirs = add(lab, b, "/api/projects", {{"name", "Boathouse"}});
        auto const refer = [&](std::string const& id) {
            json const body{{"title", "Deed"}, {"project_id", id}};
            return ask(lab, "POST", "/api/documents", a.owner, a.id, body);
        };
        EXPECT_EQ(refer(own).body["project"]["name"], "Attic");
        auto const made = refer(theirs);
        EXPECT_EQ(made.status, *fault == 0 ? 422 : 201);
        EXPECT_EQ(made.text.find("Boathouse") != std::string::npos, *fault != 0);
    }
}

TEST_F(LabProptech, A04FindsADocumentByAnyProject)
{
    for (auto const* const fault : {"", "A04"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        auto const own = add(lab, a, "/api/projects", {{"name", "Attic"}});
        auto const theirs = add(lab, b, "/api/projects", {{"name", "Boathouse"}});
        json const deed{{"title", "Deed"}, {"project_id", theirs}};
        auto const paper = add(lab, b, "/api/documents", deed);
        auto const by = [&](auto const& project, auto const& who) {
            auto const path = "/api/projects/" + project + "/documents/" + paper;
            return ask(lab, "GET", path, who.owner, who.id).status;
        };
        EXPECT_EQ(by(theirs, b), 200);
        EXPECT_EQ(by(theirs, a), 404);
        EXPECT_EQ(by(own, a), *fault == 0 ? 404 : 200);
    }
}

TEST_F(LabProptech, J11GoesOnWhereTheAccountWas)
{
    for (auto const* const fault : {"", "J11"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        json const agent{{"email", "agent@example.com"}, {"password", "Ag3nt-secret"}};
        for (auto const& t : {a, b}) add(lab, t, "/api/users", agent);
        add(lab, a, "/api/projects", {{"name", "Attic"}});
        auto const session = ask(lab, "POST", "/api/auth/login", "", "", agent);
        auto const token = session.body["access_token"].get<std::string>();
        EXPECT_EQ(length(ask(lab, "GET", "/api/projects", token, a.id), "projects"), 1U);
        auto const next = length(ask(lab, "GET", "/api/projects", token, b.id), "projects");
        EXPECT_EQ(next, *fault == 0 ? 0U : 1U);
    }
}

TEST_F(LabProptech, J17ShowsAnOwnerWhatAllHave)
{
    for (auto const* const fault : {"", "J17"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        add(lab, b, "/api/projects", {{"name", "Boathouse"}});
        auto const seen = ask(lab, "GET", "/api/projects", a.owner, "");
        EXPECT_EQ(seen.status, *fault == 0 ? 400 : 200);
        EXPECT_EQ(seen.text.find("Boathouse") != std::string::npos, *fault != 0);
    }
}

TEST_F(LabProptech, MG5TakesOperatorsFromTheQuery)
{
    for (auto const* const fault : {"", "MG5"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        add(lab, b, "/api/projects", {{"name", "Boathouse"}});
        auto const seen = ask(lab, "GET", "/api/projects?tenant_id[$ne]=x", a.owner, a.id);
        EXPECT_EQ(length(seen, "projects"), *fault == 0 ? 0U : 1U);
    }
}

TEST_F(LabProptech, MG7TakesAProjectFromItsTenant)
{
    for (auto const* const fault : {"", "MG7"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        auto const path = "/api/projects/" + add(lab, b, "/api/projects", {{"name", "Boathouse"}});
        ask(lab, "PATCH", path, a.owner, a.id, {{"description", "mine"}});
        EXPECT_EQ(ask(lab, "GET", path, b.owner, b.id).status, *fault == 0 ? 200 : 404);
    }
}

TEST_F(LabProptech, MG8LetsNamesBeTakenOnce)
{
    for (auto const* const fault : {"", "MG8"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        json const body{{"name", "Boathouse"}};
        add(lab, b, "/api/projects", body);
        auto const again = ask(lab, "POST", "/api/projects", a.owner, a.id, body);
        EXPECT_EQ(again.status, *fault == 0 ? 201 : 409);
    }
}

TEST_F(LabProptech, MG11SearchesEverybodysProjects)
{
    for (auto const* const fault : {"", "MG11"}) {
        lab_process lab{with(fault), "PROPTECH"};
        auto const a = make(lab, "alpha");
        auto const b = make(lab, "beta");
        add(lab, b, "/api/projects", {{"name", "Boathouse"}});
        auto const seen = ask(lab, "GET", "/api/projects?q=Boat", a.owner, a.id);
        EXPECT_EQ(length(seen, "projects"), *fault == 0 ? 0U : 1U);
    }
}

TEST_F(LabProptech, MG6LosesActivities)
{
    lab_process lab{with("MG6"), "PROPTECH"};
    auto const a = make(lab, "alpha");
    add(lab, a, "/api/projects", {{"name", "Attic"}});
    EXPECT_EQ(length(ask(lab, "GET", "/api/activities", a.owner, a.id), "activities"), 0U);
}

TEST_F(LabProptech, R7LeavesWhatTheBackfillWrote)
{
    lab_process lab{with("R7"), "PROPTECH"};
    auto const admin = admin_of(lab);
    auto const before = validation(lab).value("missing_all", 0);
    ask(lab, "POST", "/_lab/backup", admin, "");
    backfill(lab);
    ask(lab, "POST", "/_lab/restore", admin, "");
    EXPECT_LT(validation(lab).value("missing_all", 0), before);
}

TEST_F(LabProptech, R9TakesDocumentsFromTheirTenant)
{
    lab_process lab{with("R9"), "PROPTECH"};
    backfill(lab);
    EXPECT_EQ(validation(lab).value("owned_before", -1), 0);
}

} // namespace watertight::test
