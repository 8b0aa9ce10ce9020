#include "probes/api/duplicate_oracle/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::duplicate_oracle {

using namespace testing;

static attempt accepted()
{
    return {answer(bob, 201), answer(alice, 201), answer(alice, 201), true, true, true};
}

static attempt refused()
{
    auto a = accepted();
    a.hostile = answer(alice, 409);
    a.hostile_made = false;
    return a;
}

TEST(ApiDuplicateOracle, CatchesARefusalThatTellsOfAnotherTenant)
{
    auto const c = judge({{bob, {refused(), refused()}}});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiDuplicateOracle, CatchesARefusalOfAChange)
{
    auto const c = judge({{bob, {refused(), refused()}, true}});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("may change an object"), std::string::npos);
    auto failing = refused();
    failing.control_made = false;
    EXPECT_TRUE(judge({{bob, {failing, failing}, true}}).undecided.empty());
}

// Refused with status 200: what counts is that nothing was made.
TEST(ApiDuplicateOracle, CatchesARefusalBehindAGoodStatus)
{
    auto a = refused();
    a.hostile = answer(alice, 200, {}, R"({"error":"taken"})");
    EXPECT_EQ(judge({{bob, {a, a}}}).violations.size(), 1U);
}

TEST(ApiDuplicateOracle, PassesAValueThatBothMayHave)
{
    auto const c = judge({{bob, {accepted(), accepted()}}, {bob, {refused(), accepted()}}});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(ApiDuplicateOracle, ACreationThatFailsAnywayIsNotAPass)
{
    auto a = refused();
    a.control = answer(alice, 400);
    a.control_made = false;
    auto const c = judge({{bob, {a, a}}});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::duplicate_oracle
