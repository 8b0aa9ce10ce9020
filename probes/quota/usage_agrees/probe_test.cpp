#include "probes/quota/usage_agrees/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::quota::usage_agrees {

using namespace testing;

static probe::exchange told(tenant_index who, int n)
{
    return answer(who, 200, {}, fmt::format(R"({{"requests":{}}})", n));
}

static trial counted(int first, int before, int after)
{
    trial t;
    t.figure = "requests";
    t.at = "/requests";
    t.doer = alice;
    t.idler = bob;
    t.first = told(alice, first);
    t.before = told(alice, before);
    t.done = 9;
    t.after = told(alice, after);
    t.idle = {told(bob, 40), told(bob, 41), told(bob, 42)};
    return t;
}

TEST(QuotaUsageAgrees, PassesFiguresThatCountTheLooks)
{
    auto const c = judge({counted(4, 5, 15)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(QuotaUsageAgrees, PassesFiguresThatDoNotCountTheLooks)
{
    EXPECT_TRUE(judge({counted(5, 5, 14)}).violations.empty());
}

TEST(QuotaUsageAgrees, CatchesRequestsThatAreNotCounted)
{
    auto const c = judge({counted(4, 5, 6)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_FALSE(c.violations[0].kind);
}

TEST(QuotaUsageAgrees, CatchesWhatAnIdleTenantSees)
{
    auto t = counted(4, 5, 15);
    t.idle[2] = told(bob, 53);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].intruder, bob);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::unobservability);
}

TEST(QuotaUsageAgrees, AFigureThatMovesByItselfIsNotAPass)
{
    auto const c = judge({counted(4, 50, 70)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(QuotaUsageAgrees, AnAnswerWithoutTheFigureIsNotAPass)
{
    auto t = counted(4, 5, 15);
    t.before = answer(alice, 200, {}, "{}");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::quota::usage_agrees
