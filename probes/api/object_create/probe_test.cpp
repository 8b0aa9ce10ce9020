#include "probes/api/object_create/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::object_create {

using namespace testing;

// Alice creates in Bob's tenant; Bob's list shows what he created himself.
static trial sound()
{
    trial t;
    t.victim = bob;
    t.canary = "zq7kplanted";
    t.way = "by the victim's path";
    t.hostile = answer(alice, 404);
    t.victims_views = {answer(bob, 200, {bob})};
    t.own_canary = "zq7kbobsown";
    t.own_views = {answer(bob, 200, {bob}, "zq7kbob zq7kbobsown")};
    return t;
}

TEST(ApiObjectCreate, CatchesWhatTheVictimFindsAmongItsOwn)
{
    auto t = sound();
    t.hostile = answer(alice, 201);
    t.victims_views = {answer(bob, 200, {bob}, "zq7kbob zq7kplanted")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// Refused in words, carried out all the same.
TEST(ApiObjectCreate, CatchesACreationBehindARefusal)
{
    auto t = sound();
    t.victims_views = {answer(bob, 200, {bob}, "zq7kplanted")};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiObjectCreate, PassesARefusalAndACreationAtHome)
{
    auto at_home = sound();
    at_home.hostile = answer(alice, 201);
    auto const c = judge({sound(), at_home});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

// A chance failure tells nothing; one that every unknown parent meets is a refusal.
TEST(ApiObjectCreate, PassesAFailureAsForAParentThatIsNotThere)
{
    auto t = sound();
    t.hostile = answer(alice, 500);
    EXPECT_EQ(judge({t}).trials, 0U);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
    t.hostile.fails_as_for_absent = true;
    EXPECT_EQ(judge({t}).trials, 1U);
    EXPECT_TRUE(judge({t}).undecided.empty());
    t.victims_views = {answer(bob, 200, {bob}, "zq7kplanted")};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

// The victim reads whatever has an id: that it reads this, too, is no sign of where it was made.
TEST(ApiObjectCreate, AViewOfEverybodysObjectsIsNotAPass)
{
    auto t = sound();
    t.is_open = true;
    t.victims_views = {answer(bob, 200, {bob}, "zq7kplanted")};
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiObjectCreate, AViewThatNeverShowsWhatIsNewIsNotAPass)
{
    auto t = sound();
    t.own_views = {answer(bob, 200, {bob})};
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::object_create
