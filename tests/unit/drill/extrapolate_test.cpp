#include "harness/drill/extrapolate.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

TEST(DrillExtrapolate, MeasurementsOnALineAreContinuedWithoutError)
{
    auto const c = continue_to({{1000, 1.1}, {2000, 2.1}, {4000, 4.1}}, 10'000);

    EXPECT_NEAR(c.seconds, 10.1, 1e-9);
    EXPECT_NEAR(c.error, 0, 1e-9);
    EXPECT_NEAR(c.low, c.high, 1e-6);
}

TEST(DrillExtrapolate, ScatterWidensTheIntervalAndTheMoreTheFartherAway)
{
    std::vector<timed_size> const measured{{1000, 1.2}, {2000, 1.8}, {3000, 3.3}, {4000, 3.7}};

    auto const near = continue_to(measured, 5000);
    auto const far = continue_to(measured, 50'000);

    EXPECT_GT(near.error, 0);
    EXPECT_LT(near.low, near.seconds);
    EXPECT_GT(near.high, near.seconds);
    EXPECT_GT(far.high - far.low, near.high - near.low);
}

TEST(DrillExtrapolate, WhatGrowsWithTheSquareIsSaidToDoSo)
{
    EXPECT_NEAR(continue_to({{100, 1}, {200, 4}, {400, 16}}, 800).power, 2, 1e-9);
    EXPECT_NEAR(continue_to({{100, 3}, {200, 3}, {400, 3}}, 800).power, 0, 1e-9);
}

TEST(DrillExtrapolate, NothingTakesLessThanNoTime)
{
    auto const c = continue_to({{1000, 5}, {2000, 3}, {3000, 1}}, 10'000);

    EXPECT_EQ(c.seconds, 0);
    EXPECT_EQ(c.low, 0);
}

TEST(DrillExtrapolate, TheTextSaysThatItIsNoMeasurement)
{
    std::vector<timed_size> const measured{{1000, 1}, {2000, 2}, {4000, 4}};

    auto const text = describe("execution", measured, continue_to(measured, 1'000'000));

    EXPECT_TRUE(text.starts_with("an extrapolation, not a measurement: with 1000000 rows"));
    EXPECT_NE(text.find("1000: 1 s, 2000: 2 s, 4000: 4 s"), std::string::npos) << text;
}

} // namespace watertight::drill
