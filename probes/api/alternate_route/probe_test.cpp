#include "probes/api/alternate_route/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::alternate_route {

using namespace testing;

static read_trial read_by(probe::exchange hostile)
{
    return {"version 2", "by the victim's path", answer(bob, 200, {bob}), std::move(hostile)};
}

static survey working()
{
    return {answer(bob, 200, {bob}), true};
}

static probe::exchange head(tenant_index asker, int status, std::string const& tag = "")
{
    auto e = answer(asker, status);
    e.head = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
    if (!tag.empty()) e.head += "ETag: " + tag + "\r\n";
    e.head += "\r\n";
    return e;
}

static write_trial write_by(std::vector<probe::exchange> after)
{
    write_trial t;
    t.how = "version 2";
    t.planted = "zq7kplanted";
    t.before = answer(bob, 200, {bob});
    t.hostile = answer(alice, 200);
    t.after = std::move(after);
    return t;
}

TEST(ApiAlternateRoute, AsksForAPartAtTheSameAddress)
{
    route const part{.how = "a part", .header = "Range", .header_value = "bytes=0-9"};
    target::operation op;
    op.method = "GET";
    op.path_pattern = "/files/{id}";
    auto const changes = changes_for(part, op, "/files/7");
    ASSERT_TRUE(changes.has_value());
    EXPECT_FALSE(changes->path.has_value());
    ASSERT_EQ(changes->headers.size(), 1U);
    EXPECT_EQ(changes->headers[0].first, "Range");
    op.method = "PATCH";
    EXPECT_FALSE(changes_for(part, op, "/files/7").has_value());
}

TEST(ApiAlternateRoute, CatchesAVersionThatShowsForeignData)
{
    evidence_found all;
    all.surveys = {working()};
    all.reads = {read_by(answer(alice, 200, {bob}))};
    auto const c = judge(all);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiAlternateRoute, CatchesAHeadThatTellsThatAnObjectIsThere)
{
    evidence_found all;
    all.heads = {{head(bob, 200), head(alice, 200), head(alice, 404), head(alice, 404)}};
    auto const c = judge(all);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::unobservability);
}

TEST(ApiAlternateRoute, CatchesAHeadThatHandsOutTheTag)
{
    evidence_found all;
    all.heads = {
        {head(bob, 200, "\"b7\""), head(alice, 200, "\"b7\""), head(alice, 200), head(alice, 200)}};
    EXPECT_EQ(judge(all).violations.size(), 1U);
}

TEST(ApiAlternateRoute, CatchesAWriteByAnotherVersion)
{
    evidence_found all;
    all.writes = {write_by({answer(bob, 200, {}, R"({"name":"zq7kplanted"})")})};
    auto const c = judge(all);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(ApiAlternateRoute, CatchesARemovalByAVerbInAHeader)
{
    evidence_found all;
    all.writes = {write_by({answer(bob, 404), answer(bob, 404)})};
    all.writes[0].removes = true;
    all.writes[0].planted = {};
    EXPECT_EQ(judge(all).violations.size(), 1U);
}

TEST(ApiAlternateRoute, PassesWhenOtherRoutesRefuseTheIntruder)
{
    evidence_found all;
    all.surveys = {working()};
    all.reads = {read_by(answer(alice, 404))};
    all.heads = {{head(bob, 200), head(alice, 404), head(alice, 404), head(alice, 404)}};
    all.writes = {write_by({answer(bob, 200, {bob})})};
    auto const c = judge(all);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
}

TEST(ApiAlternateRoute, PassesWhenNobodyServesAnyOther)
{
    evidence_found all;
    all.surveys = {working()};
    EXPECT_EQ(judge(all).trials, 1U);
    EXPECT_TRUE(judge(all).undecided.empty());
}

TEST(ApiAlternateRoute, PassesWhenHeadAnswersEverybodyAlike)
{
    evidence_found all;
    all.heads = {{head(bob, 200), head(alice, 200), head(alice, 200), head(alice, 200)}};
    EXPECT_TRUE(judge(all).violations.empty());
}

TEST(ApiAlternateRoute, ADescribedRouteThatFailsItsOwnerIsNotAPass)
{
    evidence_found all;
    all.surveys = {{answer(bob, 500), false}};
    EXPECT_EQ(judge(all).undecided.size(), 1U);
}

TEST(ApiAlternateRoute, AThrottledIntruderIsNotAPass)
{
    evidence_found all;
    all.reads = {read_by(answer(alice, 429))};
    EXPECT_EQ(judge(all).undecided.size(), 1U);
}

static std::vector<std::string> targets(std::string const& pattern, std::string const& target)
{
    target::operation op;
    op.path_pattern = pattern;
    std::vector<std::string> out;
    for (auto const& by : routes()) {
        auto const changes = changes_for(by, op, target);
        if (changes && changes->path && by.change != nullptr) out.push_back(*changes->path);
    }
    return out;
}

TEST(ApiAlternateRoute, DerivesRoutesFromAVersionedPath)
{
    auto const all = targets("/api/v1/users/{id}", "/api/v1/users/7?full=1");
    for (auto const* const wanted :
         {"/api/v1/users/7/?full=1",
          "/api/v1/users//7?full=1",
          "/api/v1/USERS/7?full=1",
          "/api/v1/%75sers/7?full=1",
          "/api/v1/users/7;x?full=1",
          "/api/v1/users/7.json?full=1",
          "/api/v2/users/7?full=1",
          "/api/users/7?full=1",
          "/internal/api/v1/users/7?full=1",
          "/api/v1/internal/users/7?full=1",
          "/api/internal/v1/users/7?full=1"})
    {
        EXPECT_EQ(std::ranges::count(all, wanted), 1) << wanted;
    }
    EXPECT_EQ(std::ranges::count(all, "/api/v1/users/7?full=1"), 0);
}

TEST(ApiAlternateRoute, DerivesVersionsWhereThereIsNone)
{
    auto const under_api = targets("/api/users/{id}", "/api/users/7");
    EXPECT_EQ(std::ranges::count(under_api, "/api/v1/users/7"), 1);
    auto const bare = targets("/w/{tenant.id}/items/{id}", "/w/3/items/7");
    EXPECT_EQ(std::ranges::count(bare, "/v2/w/3/items/7"), 1);
    EXPECT_EQ(std::ranges::count(bare, "/w/3/ITEMS/7"), 1);
}

TEST(ApiAlternateRoute, LeavesTheTenantAndTheParentsOutOfThePath)
{
    auto const has = [](std::vector<std::string> const& all, std::string_view wanted) {
        return std::ranges::count(all, wanted) != 0;
    };
    auto const deep = targets(
        "/orgs/{tenant.slug}/projects/{parent.id}/tasks/{id}/",
        "/base/orgs/acme/projects/3/tasks/7/"
    );
    EXPECT_TRUE(has(deep, "/base/projects/3/tasks/7/"));
    EXPECT_TRUE(has(deep, "/tasks/7/"));
    EXPECT_TRUE(has(deep, "/base/orgs/acme/projects/3/tasks/7"));
    auto const api = targets("/api/v1/{tenant.id}/things/{id}", "/api/v1/9/things/7");
    EXPECT_TRUE(has(api, "/api/v1/things/7"));
    auto const plain = targets("/things/{id}", "/things/7");
    EXPECT_FALSE(has(plain, "/things/7") || has(plain, "/7"));
}

} // namespace watertight::probes::api::alternate_route
