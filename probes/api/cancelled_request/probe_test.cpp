#include "probes/api/cancelled_request/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::cancelled_request {

using namespace testing;

TEST(ApiCancelledRequest, CatchesTheAnswerToARequestThatWasGivenUp)
{
    auto const c = judge({{answer(alice, 200, {alice})}, {answer(alice, 200, {bob})}, 10});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiCancelledRequest, PassesOwnAnswersAndSaysHowManyWereGivenUp)
{
    auto const c = judge({{answer(alice, 200, {alice})}, {answer(alice, 200, {alice})}, 300});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    ASSERT_EQ(c.notes.size(), 1U);
    EXPECT_NE(c.notes[0].find("at most 1 %"), std::string::npos) << c.notes[0];
}

TEST(ApiCancelledRequest, PassesOverWhatLeaksBeforeAnythingWasGivenUp)
{
    auto const c = judge({{answer(alice, 200, {bob, alice})}, {answer(alice, 200, {bob})}, 10});
    EXPECT_TRUE(c.violations.empty());
}

TEST(ApiCancelledRequest, AnAnswerThatWasThereAlreadyIsNotAPass)
{
    auto const c = judge({{answer(alice, 200, {alice})}, {answer(alice, 200, {alice})}, 0});
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiCancelledRequest, AFailureAfterwardsIsNotAPass)
{
    auto const c = judge({{answer(alice, 200, {alice})}, {answer(alice, 500)}, 10});
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::cancelled_request
