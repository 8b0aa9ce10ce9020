#include "probes/cache/deception/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::cache::deception {

using namespace testing;

static trial trial_of(probe::exchange harvested, probe::exchange unlured)
{
    trial t;
    t.victim = bob;
    t.plain = answer(bob, 200, {bob});
    t.lured = answer(bob, 200, {bob});
    t.harvest.emplace_back(probe::asker::nobody, std::move(harvested));
    t.unlured.push_back(std::move(unlured));
    return t;
}

TEST(CacheDeception, DressesAPathUpWithoutLosingItsQuery)
{
    auto const all = disguises("/api/me?x=1", "n");
    EXPECT_EQ(std::ranges::count(all, "/api/me/n.css?x=1"), 1);
    EXPECT_EQ(std::ranges::count(all, "/api/me;n.css?x=1"), 1);
    EXPECT_EQ(std::ranges::count(all, "/static/n/..%2f..%2fapi/me?x=1"), 1);
    EXPECT_EQ(std::ranges::count(all, "/api/me?x=1&n.css=1"), 1);
    EXPECT_EQ(std::ranges::count(disguises("/api/me", "n"), "/api/me?n.css=1"), 1);
}

TEST(CacheDeception, CatchesWhatTheVictimLeftInTheCache)
{
    auto const c = judge({trial_of(answer(alice, 200, {bob}), answer(alice, 401))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(CacheDeception, PassesAnEndingThatIsIgnoredButNotCached)
{
    auto const c = judge({trial_of(answer(alice, 200, {alice}), {})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheDeception, PassesEndingsThatNoRouteHas)
{
    auto t = trial_of({}, {});
    t.lured = answer(bob, 404);
    t.harvest.clear();
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
}

TEST(CacheDeception, PassesALeakThatIsNoCaches)
{
    auto const leaky = answer(alice, 200, {bob});
    EXPECT_TRUE(judge({trial_of(leaky, leaky)}).violations.empty());
}

TEST(CacheDeception, AThrottledHarvestIsNotAPass)
{
    auto const c = judge({trial_of(answer(alice, 429), {})});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::cache::deception
