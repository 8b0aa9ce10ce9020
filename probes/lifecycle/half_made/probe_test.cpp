#include "probes/lifecycle/half_made/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::half_made {

using namespace testing;

static control works()
{
    return {answer(alice, 201), true};
}

static trial with(int first, int second)
{
    trial t;
    t.how = "/admin/password = x";
    t.tenant = bob;
    t.refused = answer(alice, first);
    t.again = answer(alice, second);
    t.is_made_again = second == 201;
    return t;
}

TEST(LifecycleHalfMade, CatchesANameThatIsTaken)
{
    auto const c = judge({with(422, 409)}, works());
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_FALSE(c.violations[0].intruder);
}

TEST(LifecycleHalfMade, CatchesAUserWhoGetsIn)
{
    auto t = with(500, 409);
    t.opens_session = true;
    auto const c = judge({t}, works());
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].level, evidence::severity::high);
}

TEST(LifecycleHalfMade, PassesWhatCanBeMadeAfterwards)
{
    auto const c = judge({with(422, 201), with(500, 201)}, works());
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

// A target that takes what is spoilt has refused nothing.
TEST(LifecycleHalfMade, PassesOverWhatIsTaken)
{
    auto const c = judge({with(201, 201), with(422, 201)}, works());
    EXPECT_EQ(c.trials, 1U);
}

TEST(LifecycleHalfMade, AThrottledSecondCreationIsNotAPass)
{
    EXPECT_EQ(judge({with(422, 429)}, works()).undecided.size(), 1U);
}

TEST(LifecycleHalfMade, ACreationThatNeverWorksIsNotAPass)
{
    auto const c = judge({with(422, 409)}, {answer(alice, 403), false});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(LifecycleHalfMadeSpoilt, KeepsTheNameAndBeginsWithTheFirstUser)
{
    auto const all = spoil(R"({"slug":"acme","plan":"pro","admin":{"password":"long"}})", {"acme"});
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].how, R"(/admin/password = "x")");
    EXPECT_EQ(all[2].how, R"(/plan = "x")");
    for (auto const& one : all) {
        EXPECT_NE(one.body.find("\"slug\":\"acme\""), std::string::npos);
    }
    EXPECT_TRUE(spoil("slug=acme", {"acme"}).empty());
}

} // namespace watertight::probes::lifecycle::half_made
