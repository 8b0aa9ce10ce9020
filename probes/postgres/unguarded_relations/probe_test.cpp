#include "probes/postgres/unguarded_relations/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::unguarded_relations {

using namespace testing;

static attempt view()
{
    attempt a;
    a.relation = "public.report";
    a.kind = "view";
    a.intruder = alice;
    a.answered = true;
    return a;
}

TEST(PostgresUnguardedRelations, CatchesAViewThatShowsAnother)
{
    auto a = view();
    a.token = canary_of(bob);
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "postgres public.report");
    EXPECT_FALSE(c.violations[0].kind.has_value());
}

TEST(PostgresUnguardedRelations, CatchesAViewThatCountsAnother)
{
    auto a = view();
    a.changes_with = bob;
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::unobservability);
}

TEST(PostgresUnguardedRelations, PassesAViewThatShowsOnesOwn)
{
    auto const c = judge({view()}, true);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(PostgresUnguardedRelations, ASessionThatSeesNothingIsNotAPass)
{
    auto const c = judge({view()}, false);
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::unguarded_relations
