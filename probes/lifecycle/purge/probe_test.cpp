#include "probes/lifecycle/purge/places.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::purge {

using namespace testing;

static trial removed(std::vector<place> places)
{
    return {alice, {}, std::move(places)};
}

static place at(std::string channel, std::uint64_t before, std::uint64_t after)
{
    place p;
    p.channel = std::move(channel);
    p.before = before;
    p.after = after;
    return p;
}

TEST(LifecyclePurge, CatchesRowsThatWereLeft)
{
    auto const c = judge(removed({at("postgres public.media", 3, 3), at("files", 2, 0)}));
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].channel, "postgres public.media");
}

TEST(LifecyclePurge, PassesEmptiedPlaces)
{
    auto const c = judge(removed({at("postgres public.media", 3, 0), at("redis t:*", 1, 0)}));
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(LifecyclePurge, PlacesThatNeverHeldAnythingAreNotAPass)
{
    EXPECT_EQ(judge(removed({at("postgres public.media", 0, 0)})).undecided.size(), 1U);
}

TEST(LifecyclePurge, AFailedRemovalIsNotAPass)
{
    auto t = removed({at("postgres public.media", 3, 3)});
    t.removal_failure = "503";
    auto const c = judge(t);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(LifecyclePurge, ComparesPlacesByName)
{
    auto const places = compare({{"a", {3, "", "", ""}}}, {{"b", {1, "", "", ""}}});
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].before, 3U);
    EXPECT_EQ(places[0].after, 0U);
    EXPECT_EQ(places[1].after, 1U);
}

} // namespace watertight::probes::lifecycle::purge
