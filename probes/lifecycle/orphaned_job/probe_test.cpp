#include "probes/lifecycle/orphaned_job/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::orphaned_job {

using namespace testing;

// Bob was removed while his jobs waited.
static trial with(std::vector<probe::exchange> others, std::vector<probe::exchange> own = {})
{
    trial t;
    t.channel = "POST /jobs";
    t.removed = bob;
    t.started = 9;
    t.example = answer(bob, 202);
    t.others = std::move(others);
    t.own = std::move(own);
    return t;
}

TEST(LifecycleOrphanedJob, CatchesAJobInAnothersList)
{
    auto const c = judge({with({answer(alice, 200, {alice, bob})})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(LifecycleOrphanedJob, CatchesAResultWithAnothersData)
{
    auto const c = judge({with({answer(alice, 200, {alice})}, {answer(bob, 200, {alice})})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
}

TEST(LifecycleOrphanedJob, PassesWhenNothingIsLeft)
{
    auto const c = judge({with({answer(alice, 200, {alice})}, {answer(bob, 401)})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(LifecycleOrphanedJob, PassesAListWithoutJobs)
{
    EXPECT_EQ(judge({with({answer(alice, 200)})}).trials, 1U);
}

TEST(LifecycleOrphanedJob, ATenantThatStaysIsNotAPass)
{
    auto t = with({answer(alice, 200)});
    t.failure = "the tenant could not be removed";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(LifecycleOrphanedJob, ListsThatFailAreNotAPass)
{
    EXPECT_EQ(judge({with({answer(alice, 500)})}).undecided.size(), 1U);
}

} // namespace watertight::probes::lifecycle::orphaned_job
