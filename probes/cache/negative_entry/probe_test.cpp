#include "probes/cache/negative_entry/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::negative_entry {

using namespace testing;

static trial sound()
{
    trial t;
    t.channel = "GET /things/{id}";
    t.victim = bob;
    t.canary = "zq7kfirst";
    t.control_canary = "zq7ksecond";
    t.control = answer(bob, 200, {}, "zq7ksecond");
    t.stranger = answer(alice, 404);
    t.owner = t.again = answer(bob, 200, {}, "zq7kfirst");
    return t;
}

TEST(CacheNegativeEntry, CatchesARefusalThatTheOwnerIsServed)
{
    auto t = sound();
    t.owner = t.again = answer(bob, 404);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(CacheNegativeEntry, PassesAnOwnerWhoSeesTheObject)
{
    auto slow = sound();
    slow.owner = answer(bob, 404);
    auto const c = judge({sound(), slow});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(CacheNegativeEntry, AnOwnerWhoNeverSeesAnythingIsNotAPass)
{
    auto t = sound();
    t.control = answer(bob, 404);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(CacheNegativeEntry, AFailureIsNotAPass)
{
    auto t = sound();
    t.owner = t.again = answer(bob, 503);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::cache::negative_entry
