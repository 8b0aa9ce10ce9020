#include "probes/api/mass_assignment/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::mass_assignment {

using namespace testing;

// Alice plants, Bob looks.
static trial sound()
{
    trial t;
    t.victim = bob;
    t.canary = "zq7kplanted";
    t.control_canary = "zq7kalice";
    t.control = answer(alice, 200, {alice});
    t.hostile = answer(alice, 201);
    t.victims_views = {answer(bob, 200, {bob})};
    return t;
}

TEST(ApiMassAssignment, CatchesAPlantedObjectInTheVictimsView)
{
    auto t = sound();
    t.victims_views.push_back(answer(bob, 200, {}, R"([{"name":"zq7kplanted"}])"));
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiMassAssignment, CatchesAPlantedNumber)
{
    auto t = sound();
    t.canary.number = 5000000000000001;
    t.control_canary = {"", 5000000000000002};
    t.control = answer(alice, 200, {}, R"({"value":5000000000000002})");
    EXPECT_TRUE(judge({t}).violations.empty());
    EXPECT_TRUE(judge({t}).undecided.empty());

    t.victims_views.push_back(answer(bob, 200, {}, R"([{"value":5000000000000001}])"));
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].token, "5000000000000001");
}

TEST(ApiMassAssignment, PassesWhenTheMemberIsIgnored)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiMassAssignment, AWriterThatCannotReadItsOwnObjectIsNotAPass)
{
    auto t = sound();
    t.control = answer(alice, 404);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

// Where the victim may read everybody's objects, no view is left that could tell.
TEST(ApiMassAssignment, AVictimWithoutAViewIsNotAPass)
{
    auto t = sound();
    t.victims_views.clear();
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiMassAssignment, LearnsTheMembersNameFromTheIntrudersOwnObject)
{
    auto const names = candidate_members({R"({"data":{"owner_org":"t-1","id":"9"}})", "t-1"}, {});
    EXPECT_EQ(names.front(), "owner_org");
    EXPECT_NE(std::ranges::find(names, "tenant_id"), names.end());
}

} // namespace watertight::probes::api::mass_assignment
