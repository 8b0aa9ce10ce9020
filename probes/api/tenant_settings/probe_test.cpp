#include "probes/api/tenant_settings/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::tenant_settings {

using namespace testing;

// Alice writes to Bob's settings, who sees his own afterwards.
static trial refused()
{
    trial t;
    t.how = "by the victim's path";
    t.victim = bob;
    t.control = answer(bob, 200);
    t.shows = true;
    t.hostile = answer(alice, 403);
    t.planted = {"zq7kplanted", 0};
    t.victims_views = {answer(bob, 200, {bob})};
    return t;
}

TEST(ApiTenantSettings, CatchesAForeignTextInTheVictimsView)
{
    auto t = refused();
    // Whatever it answered.
    t.victims_views.push_back(answer(bob, 200, {}, R"({"name":"zq7kplanted"})"));
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_NE(c.violations[0].detail.find("by the victim's path"), std::string::npos);
}

TEST(ApiTenantSettings, PassesARefusalAndAnAnswerWithoutEffect)
{
    auto ignored = refused();
    ignored.hostile = answer(alice, 200);
    auto const c = judge({refused(), ignored});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(ApiTenantSettings, AWriteThatNoViewShowsIsNotAPass)
{
    auto t = refused();
    t.shows = false;
    EXPECT_EQ(judge({t}).trials, 0U);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiTenantSettings, AWriteThatFailsIsNotAPass)
{
    auto t = refused();
    t.shows = false;
    t.control = answer(bob, 422);
    ASSERT_EQ(judge({t}).undecided.size(), 1U);
    EXPECT_NE(judge({t}).undecided[0].find("{canary}"), std::string::npos);
    auto failing = refused();
    failing.hostile = answer(alice, 503);
    EXPECT_EQ(judge({failing}).undecided.size(), 1U);
}

TEST(ApiTenantSettings, PutsItsCanaryIntoTextsThatNameNobody)
{
    auto const* const body =
        R"({"name":"Acme","org":"7","mail":"a@b.c","logo":"https://x/y","seats":5,"_csrf":"t0"})";
    auto const found = free_texts(body, {"7", "acme"});
    EXPECT_EQ(found, std::vector<std::string>{"name"});
    EXPECT_EQ(
        with_texts(R"({"settings":{"name":"Acme","seats":5}})", {"name"}, "zq7k"),
        R"({"settings":{"name":"zq7k","seats":5}})"
    );
    EXPECT_FALSE(with_texts("name=Acme", {"name"}, "zq7k"));
    EXPECT_TRUE(free_texts("[1]", {}).empty());
}

} // namespace watertight::probes::api::tenant_settings
