#include "probes/identity/concurrent_context/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::concurrent_context {

using namespace testing;

TEST(IdentityConcurrentContext, CatchesOneForeignAnswerAmongMany)
{
    trial t{{}, 40};
    for (int i = 0; i < 100; ++i) t.answers.push_back(answer(alice, 200, {alice}));
    t.answers.push_back(answer(alice, 200, {bob}));
    auto const c = judge(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(IdentityConcurrentContext, PassesOwnDataUnderOverlap)
{
    auto const c = judge({{answer(alice, 200, {alice}), answer(bob, 200, {bob})}, 1});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityConcurrentContext, TakingTurnsIsNotAPass)
{
    auto const c = judge({{answer(alice, 200, {alice}), answer(bob, 200, {bob})}, 0});
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(IdentityConcurrentContext, AnswersWithoutOwnDataAreNotAPass)
{
    EXPECT_EQ(judge({{answer(alice, 500), answer(bob, 404)}, 5}).undecided.size(), 1U);
}

} // namespace watertight::probes::identity::concurrent_context
