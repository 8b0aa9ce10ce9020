#include "harness/probe/context.hpp"

#include <gtest/gtest.h>

#include <set>

namespace watertight::probe {

TEST(Pairs, AreAllOrderedPairsOfFewTenants)
{
    auto const pairs = choose_pairs(5, 0, 1);
    std::set<tenant_pair> const distinct(pairs.begin(), pairs.end());
    EXPECT_EQ(pairs.size(), 20U);
    EXPECT_EQ(distinct.size(), 20U);
}

TEST(Pairs, NeedTwoTenants)
{
    EXPECT_TRUE(choose_pairs(0, 0, 1).empty());
    EXPECT_TRUE(choose_pairs(1, 0, 1).empty());
}

TEST(Pairs, OfManyTenantsCoverEachAsVictimAndIntruderTwice)
{
    std::map<std::uint32_t, int> victims;
    std::map<std::uint32_t, int> intruders;
    auto const pairs = choose_pairs(1000, 2000, 7);
    for (auto const& p : pairs) {
        EXPECT_NE(p.victim, p.intruder);
        ++victims[p.victim.value];
        ++intruders[p.intruder.value];
    }
    EXPECT_EQ(pairs.size(), 2000U);
    EXPECT_EQ(victims.size(), 1000U);
    EXPECT_EQ(intruders.size(), 1000U);
    for (auto const& [tenant, n] : victims) EXPECT_GE(n, 2) << tenant;
    for (auto const& [tenant, n] : intruders) EXPECT_GE(n, 2) << tenant;
}

TEST(Pairs, AreFixedByTheSeed)
{
    EXPECT_EQ(choose_pairs(500, 1000, 3), choose_pairs(500, 1000, 3));
    EXPECT_NE(choose_pairs(500, 1000, 3), choose_pairs(500, 1000, 4));
}

} // namespace watertight::probe
