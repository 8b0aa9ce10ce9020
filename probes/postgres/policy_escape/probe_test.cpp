#include "probes/postgres/policy_escape/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::policy_escape {

using namespace testing;

static attempt way(std::optional<tenant_index> victim)
{
    return {"SET ROLE owner", "public.things", alice, true, victim, ""};
}

TEST(PostgresPolicyEscape, CatchesAWayToAnothersRows)
{
    auto const c = judge({way(bob)}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "postgres public.things by SET ROLE owner");
}

TEST(PostgresPolicyEscape, CatchesAUserOfTwoTenantsWhoIsServedNothing)
{
    auto a = way(alice);
    a.way = "a second membership in public.members";
    a.loses_own = true;
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_FALSE(c.violations[0].intruder.has_value());
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::service);
}

TEST(PostgresPolicyEscape, PassesWaysThatLeadNowhere)
{
    auto const c = judge({way(std::nullopt)}, true);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(PostgresPolicyEscape, ASessionThatSeesNothingIsNotAPass)
{
    EXPECT_EQ(judge({way(std::nullopt)}, false).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::policy_escape
