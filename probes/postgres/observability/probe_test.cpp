#include "probes/postgres/observability/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::observability {

using namespace testing;

static attempt seen(sight what, std::string token, bool control = true)
{
    attempt a;
    a.what = what;
    a.channel = "postgres channel journeys";
    a.victim = bob;
    a.intruder = alice;
    a.control = control;
    a.failure = "why";
    a.token = std::move(token);
    return a;
}

static attempt timed(double more)
{
    auto a = seen(sight::lock, "");
    for (int i = 0; i < 8; ++i) {
        a.alone_ms.push_back(3 + i);
        a.held_ms.push_back(3 + i + more * (i + 1));
    }
    return a;
}

TEST(PostgresObservability, CatchesACanaryThatAChannelTells)
{
    auto const c = judge({seen(sight::channel, "zq7kbob")});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].token, "zq7kbob");
}

TEST(PostgresObservability, CatchesALockThatTenantsWaitForOneAnotherAt)
{
    auto const c = judge({timed(20)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::performance);
}

TEST(PostgresObservability, PassesALockThatNobodyWaitsFor)
{
    EXPECT_TRUE(judge({timed(0)}).violations.empty());
}

TEST(PostgresObservability, PassesWhatShowsNothing)
{
    auto const c = judge({seen(sight::activity, "")});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(PostgresObservability, WhatCouldNotBeLookedAtIsNotAPass)
{
    EXPECT_EQ(judge({seen(sight::slot, "", false)}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::observability
