#include "probes/cache/neighbour_flood/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::neighbour_flood {

using namespace testing;

static trial flooded()
{
    trial t;
    t.victim = bob;
    t.intruder = alice;
    t.family = "tenant:*:segment:*";
    t.example = "tenant:bob:segment:1";
    t.token = "zq7kbob";
    t.before = t.after_rest = 12;
    t.after_flood = 2;
    t.flood = 96;
    t.evicted = 40;
    return t;
}

TEST(CacheNeighbourFlood, CatchesEntriesThatAFloodDroveOut)
{
    auto const c = judge(flooded());
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "redis tenant:*:segment:*");
}

TEST(CacheNeighbourFlood, PassesAFloodThatDrivesOutItsOwn)
{
    auto t = flooded();
    t.after_flood = 11;
    auto const c = judge(t);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheNeighbourFlood, AFloodThatFilledNothingIsNotAPass)
{
    auto t = flooded();
    t.evicted = 0;
    t.after_flood = 12;
    EXPECT_EQ(judge(t).undecided.size(), 1U);
}

TEST(CacheNeighbourFlood, EntriesThatGoByThemselvesAreNotAPass)
{
    auto t = flooded();
    t.after_rest = 6;
    EXPECT_EQ(judge(t).undecided.size(), 1U);
}

TEST(CacheNeighbourFlood, AnUnusedCacheIsNotAPass)
{
    auto t = flooded();
    t.before = 0;
    EXPECT_EQ(judge(t).undecided.size(), 1U);
}

TEST(CacheNeighbourFlood, ReadsWhatTheServerSaysOfItself)
{
    auto const* const info = "# Memory\r\nmaxmemory:4194304\r\nmaxmemory_policy:allkeys-lru\r\n";
    EXPECT_EQ(info_number(info, "maxmemory"), 4194304U);
    EXPECT_EQ(info_text(info, "maxmemory_policy"), "allkeys-lru");
    EXPECT_EQ(info_number(info, "evicted_keys"), std::nullopt);
}

} // namespace watertight::probes::cache::neighbour_flood
