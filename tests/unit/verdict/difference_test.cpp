// How: figures from the literature and by hand.

#include "harness/verdict/difference.hpp"

#include <gtest/gtest.h>

#include <array>

using namespace watertight;
using namespace watertight::verdict;

// Newcombe 1998, table II (a), method 10: 56/70 against 48/80.
TEST(Difference, OfSharesIsNewcombes)
{
    auto const d = difference_of(*share_of(48, 80), *share_of(56, 70));
    EXPECT_NEAR(d.value, 0.2, 1e-12);
    EXPECT_NEAR(d.low, 0.0524, 5e-5);
    EXPECT_NEAR(d.high, 0.3339, 5e-5);
}

TEST(Difference, OfNoneInTenStillHasAWidth)
{
    auto const s = share_of(0, 10);
    EXPECT_EQ(s->value, 0);
    EXPECT_EQ(s->low, 0);
    EXPECT_NEAR(s->high, 0.2775, 5e-5);
    EXPECT_FALSE(share_of(0, 0));
}

TEST(Difference, OfMeansIsWelchs)
{
    std::array const before{1.0, 2.0, 3.0};
    std::array const after{4.0, 5.0, 6.0};
    auto const d = difference_of(std::span<double const>{before}, after);
    EXPECT_DOUBLE_EQ(d->value, 3);
    // t of 4 degrees of freedom is 2.7764; the standard error is sqrt(2/3).
    EXPECT_NEAR(d->low, 3 - 2.266952, 1e-5);
    EXPECT_NEAR(d->high, 3 + 2.266952, 1e-5);
    EXPECT_FALSE(difference_of(std::span{before}.first(1), after));
}

static traffic::histogram one_to(int milliseconds)
{
    traffic::histogram h;
    for (int i = 1; i <= milliseconds; ++i) h.record(std::chrono::milliseconds{i});
    return h;
}

TEST(Difference, OfAPercentileRestsOnItsRanks)
{
    auto const median = percentile_of(one_to(1000), 50);
    // 500 +- 1.96 * sqrt(1000 / 4), in steps of a millisecond.
    EXPECT_NEAR(median->value, 500'000, 600);
    EXPECT_NEAR(median->low, 469'000, 1'100);
    EXPECT_NEAR(median->high, 532'000, 1'100);
    auto const surer = percentile_of(one_to(1000), 50, 0.999);
    EXPECT_LT(surer->low, median->low);
    EXPECT_GT(surer->high, median->high);
    EXPECT_FALSE(percentile_of(one_to(19), 50));
    // The 99th of 999 is told by fewer than ten.
    EXPECT_FALSE(percentile_of(one_to(999), 99));
    EXPECT_TRUE(percentile_of(one_to(1000), 99));
}

TEST(Difference, OfTheMeanRestsOnItsSpread)
{
    auto const mean = mean_of(one_to(1000));
    EXPECT_NEAR(mean->value, 500'500, 300);
    // 288.8 ms / sqrt(1000) * 1.9623.
    EXPECT_NEAR(mean->high - mean->value, 17'920, 60);
    EXPECT_NEAR(mean->value - mean->low, 17'920, 60);
}
