// How: samples whose true ratio is known, from seeded random numbers.
#include "harness/base/random.hpp"
#include "harness/experiment/change.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace watertight::experiment {

// The sum of twelve uniform numbers, which is normal enough.
static double noise(rng& random)
{
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.unit();
    return sum;
}

static std::vector<double> blocks(rng& random, std::size_t n, double mean, double deviation)
{
    std::vector<double> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(mean + deviation * noise(random));
    return out;
}

TEST(RelativeChange, SeesAPlantedDifference)
{
    rng random{7, 1};
    auto const a = blocks(random, 6, 1000, 30);
    auto const b = blocks(random, 6, 500, 30);

    auto const change = relative_change(a, b);

    ASSERT_TRUE(change);
    EXPECT_NEAR(change->estimate, -0.5, 0.05);
    EXPECT_LT(change->low, -0.5);
    EXPECT_GT(change->high, -0.5);
    EXPECT_LT(change->high, -0.4);
}

TEST(RelativeChange, SeesNoneWhereThereIsNone)
{
    rng random{7, 2};
    auto const a = blocks(random, 6, 1000, 30);
    auto const b = blocks(random, 6, 1000, 30);

    auto const change = relative_change(a, b);

    ASSERT_TRUE(change);
    EXPECT_LT(change->low, 0);
    EXPECT_GT(change->high, 0);
}

// 95 of 100 intervals hold the true ratio; 2000 trials are off by more than 2 % hardly ever.
TEST(RelativeChange, HoldsTheTruthAsOftenAsItSays)
{
    rng random{7, 3};
    int held = 0;
    constexpr int trials = 2000;
    for (int i = 0; i < trials; ++i) {
        auto const a = blocks(random, 6, 100, 8);
        auto const b = blocks(random, 6, 60, 15);
        auto const change = relative_change(a, b);
        if (change && change->low <= -0.4 && change->high >= -0.4) ++held;
    }
    EXPECT_NEAR(static_cast<double>(held) / trials, 0.95, 0.02);
}

// By hand: ratio 4/10, t(0.975, 2) = 4.3027 as the arms vary alike, variances of the means 1/3.
TEST(RelativeChange, IsFiellersInterval)
{
    auto const change = relative_change(std::vector{9.0, 10.0, 11.0}, std::vector{4.0, 4.0, 4.0});

    ASSERT_TRUE(change);
    auto const g = 4.302653 * 4.302653 / 3 / 100;
    auto const spread = 4.302653 / 10 * std::sqrt(0.16 / 3) / (1 - g);
    EXPECT_NEAR(change->estimate, -0.6, 1e-9);
    EXPECT_NEAR(change->low, 0.4 / (1 - g) - spread - 1, 1e-5);
    EXPECT_NEAR(change->high, 0.4 / (1 - g) + spread - 1, 1e-5);
}

TEST(RelativeChange, TakesAnArmThatIsZero)
{
    auto const change = relative_change(std::vector{3.0, 3.1, 2.9}, std::vector{0.0, 0.0, 0.0});

    ASSERT_TRUE(change);
    EXPECT_DOUBLE_EQ(change->estimate, -1);
    EXPECT_DOUBLE_EQ(change->high, -1);
}

TEST(RelativeChange, HasNoneForTooFewBlocksOrWildOnes)
{
    EXPECT_FALSE(relative_change(std::vector{1.0}, std::vector{1.0, 2.0}));
    EXPECT_FALSE(relative_change(std::vector{0.0, 0.0}, std::vector{1.0, 2.0}));
    EXPECT_FALSE(relative_change(std::vector{1.0, 100.0}, std::vector{1.0, 2.0}));
}

} // namespace watertight::experiment
