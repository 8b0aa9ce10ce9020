#include "probes/api/search/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::search {

using namespace testing;

// Bob finds his own; Alice searches for the same.
static trial sound()
{
    trial t;
    t.control = answer(bob, 200, {bob});
    t.control_absent = answer(bob, 200, {}, "[]");
    t.hostile = t.absent = t.absent_again = answer(alice, 200, {}, "[]");
    t.term = "zq7kb";
    t.nobodys = "zq7kx";
    return t;
}

TEST(ApiSearch, CatchesAHitOfAnotherTenant)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// The hit shows nothing but the term, which the request carried, and yet it is a hit.
TEST(ApiSearch, CatchesAnAnswerThatOnlyDiffers)
{
    auto t = sound();
    t.control = answer(bob, 200, {}, R"({"q":"zq7kb","n":1})");
    t.control_absent = answer(bob, 200, {}, R"({"q":"zq7kx","n":0})");
    t.hostile = answer(alice, 200, {}, R"({"q":"zq7kb","n":1})");
    t.absent = t.absent_again = answer(alice, 200, {}, R"({"q":"zq7kx","n":0})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(ApiSearch, PassesASearchThatFindsNothing)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

// Under another tenant's project nobody may search for anything.
TEST(ApiSearch, ASearchThatTheIntruderIsRefusedIsNotAPass)
{
    auto t = sound();
    t.hostile = t.absent = t.absent_again = answer(alice, 404);
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
    // Unless that is how it says that there is nothing.
    t.control_absent = answer(bob, 404);
    EXPECT_EQ(judge({t}).trials, 1U);
}

TEST(ApiSearch, ASearchThatFindsNothingForTheOwnerIsNotAPass)
{
    auto t = sound();
    t.control = t.control_absent;
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiSearch, AsksForLessThanACanary)
{
    EXPECT_EQ(part_of("zq7k00010000zzzzz1k6tyzqrky8"), "zq7k00010000zzzzz1k6ty");
    EXPECT_EQ(part_of("zq7"), "");
}

} // namespace watertight::probes::api::search
