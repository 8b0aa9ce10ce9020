#include "probes/api/object_read/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::object_read {

using namespace testing;

// Bob owns the object; Alice asks for it.
static trial trial_with(probe::exchange cold, probe::exchange control, probe::exchange warm)
{
    return {std::move(cold), std::move(control), std::move(warm)};
}

TEST(ApiObjectRead, CatchesTheOwnersCanaryInTheIntrudersAnswer)
{
    auto const leaky = answer(alice, 200, {bob});
    auto const c = judge({trial_with(leaky, answer(bob, 200, {bob}), leaky)});
    ASSERT_EQ(c.violations.size(), 2U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "GET /things/{id}");
}

TEST(ApiObjectRead, CatchesALeakThatOnlyAWarmCacheShows)
{
    auto const c =
        judge({trial_with(answer(alice, 404), answer(bob, 200, {bob}), answer(alice, 200, {bob}))});
    EXPECT_EQ(c.violations.size(), 1U);
}

TEST(ApiObjectRead, CatchesForeignDataInAnErrorBody)
{
    auto const leaky = answer(alice, 403, {bob});
    auto const c = judge({trial_with(leaky, answer(bob, 200, {bob}), answer(alice, 403))});
    EXPECT_EQ(c.violations.size(), 1U);
}

TEST(ApiObjectRead, PassesWhenTheIntruderIsRefused)
{
    auto const c =
        judge({trial_with(answer(alice, 404), answer(bob, 200, {bob}), answer(alice, 404))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

// Both tenants have an object with the same short number: content decides, not the status.
TEST(ApiObjectRead, PassesWhenTheIntruderIsShownItsOwnObject)
{
    auto const own = answer(alice, 200, {alice});
    auto const c = judge({trial_with(own, answer(bob, 200, {bob}), own)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiObjectRead, AnOwnersReadWithoutACanaryIsNotAPass)
{
    auto const c = judge({trial_with(answer(alice, 200), answer(bob, 200), answer(alice, 200))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

// Sums and states hold no canary; who is refused is not shown them.
TEST(ApiObjectRead, PassesARefusalOfWhatShowsNoCanary)
{
    auto const c = judge({trial_with(answer(alice, 404), answer(bob, 200), answer(alice, 404))});
    EXPECT_EQ(c.trials, 1U);
    EXPECT_TRUE(c.undecided.empty());
    auto const half = judge({trial_with(answer(alice, 404), answer(bob, 200), answer(alice, 200))});
    EXPECT_EQ(half.undecided.size(), 1U);
}

// A job's state says "done" and nothing else; what it made is another read.
TEST(ApiObjectRead, PassesOverAStateThatShowsNothing)
{
    auto state = trial_with(answer(alice, 404), answer(bob, 200), answer(alice, 404));
    state.is_state = true;
    auto const c =
        judge({state, trial_with(answer(alice, 404), answer(bob, 200, {bob}), answer(alice, 404))});
    EXPECT_EQ(c.trials, 1U);
    EXPECT_TRUE(c.undecided.empty());
}

TEST(ApiObjectRead, AThrottledIntruderIsNotAPass)
{
    auto const c =
        judge({trial_with(answer(alice, 429), answer(bob, 200, {bob}), answer(alice, 429))});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiObjectRead, CatchesAnotherRefusalThanTheScenarioExpects)
{
    auto t = trial_with(answer(alice, 403), answer(bob, 200, {bob}), answer(alice, 403));
    t.expected = target::foreign_access::not_found;
    auto const c = judge({t});
    ASSERT_FALSE(c.violations.empty());
    EXPECT_EQ(c.violations[0].level, evidence::severity::low);
}

} // namespace watertight::probes::api::object_read
