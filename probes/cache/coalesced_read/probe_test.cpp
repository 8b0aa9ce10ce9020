#include "probes/cache/coalesced_read/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::coalesced_read {

using namespace testing;

static trial moment(std::vector<probe::exchange> owners, std::vector<probe::exchange> others)
{
    return {"just after its creation", answer(bob, 404), std::move(owners), std::move(others)};
}

TEST(CacheCoalescedRead, CatchesTheOwnersAnswerInAnothersHands)
{
    auto const c =
        judge({moment({answer(alice, 200, {alice})}, {answer(bob, 404), answer(bob, 200, {alice})})}
        );
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(CacheCoalescedRead, CatchesTheOthersAnswerInTheOwnersHands)
{
    auto const c = judge({moment({answer(alice, 200, {bob})}, {answer(bob, 200, {bob})})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(CacheCoalescedRead, PassesRefusalsInTheSameMoment)
{
    auto const c = judge({moment({answer(alice, 200, {alice})}, {answer(bob, 404)})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheCoalescedRead, PassesOverWhatIsShownToWhoeverAsksAlone)
{
    auto t = moment({answer(alice, 200, {alice})}, {answer(bob, 200, {alice})});
    t.alone = answer(bob, 200, {alice});
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(CacheCoalescedRead, AMomentWithoutTheOwnersDataIsNotAPass)
{
    auto const c = judge({moment({answer(alice, 404)}, {answer(bob, 404)})});
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(CacheCoalescedRead, AMomentInWhichNobodyElseWasAnsweredIsNotAPass)
{
    auto const c = judge({moment({answer(alice, 200, {alice})}, {unanswered(bob)})});
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::cache::coalesced_read
