#include "harness/base/random.hpp"
#include "harness/base/rank_test.hpp"

#include <gtest/gtest.h>

namespace watertight {

static std::vector<double> one_to(int n)
{
    std::vector<double> out;
    for (int i = 1; i <= n; ++i) out.push_back(i);
    return out;
}

TEST(RankTest, CountsAllAssignmentsOfSigns)
{
    // All of n on one side: 2 of 2^n.
    EXPECT_DOUBLE_EQ(signed_rank_p(one_to(5)), 2.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank_p(one_to(10)), 2.0 / 1024);
    // The sums 0, 1 and 2 of the negative ranks: one assignment each.
    EXPECT_DOUBLE_EQ(signed_rank_p(std::vector<double>{1, -2, 3, 4, 5, 6}), 2.0 * 3 / 64);
}

// Of 20 pairs the tables of the test allow a sum of 52 at 5 %, two-sided, of 30 pairs 137.
TEST(RankTest, AgreesWithTheTables)
{
    auto const with_sum = [](int n, int sum) {
        auto out = one_to(n);
        for (auto i = n; i >= 1; --i) {
            if (i > sum) continue;
            out[static_cast<std::size_t>(i) - 1] = -i;
            sum -= i;
        }
        return signed_rank_p(out);
    };
    EXPECT_LE(with_sum(20, 52), 0.05);
    EXPECT_GT(with_sum(20, 53), 0.05);
    EXPECT_LE(with_sum(30, 137), 0.05);
    EXPECT_GT(with_sum(30, 138), 0.05);
}

TEST(RankTest, GivesTiesTheirMeanRank)
{
    // Each of four equal differences has rank 2.5: three against one is 10 of 16 assignments.
    EXPECT_DOUBLE_EQ(signed_rank_p(std::vector<double>{1, 1, 1, -1}), 2.0 * 5 / 16);
    EXPECT_DOUBLE_EQ(signed_rank_p(std::vector<double>{0, 0, 0}), 1);
    EXPECT_DOUBLE_EQ(signed_rank_p({}), 1);
}

TEST(RankTest, RejectsNoMoreThanItSaysWithoutADifference)
{
    rng random{7};
    int rejected = 0;
    for (int run = 0; run < 2000; ++run) {
        std::vector<double> differences;
        for (int i = 0; i < 32; ++i) {
            // Long tails, as of latencies.
            differences.push_back(random.exponential() - random.exponential());
        }
        rejected += signed_rank_p(differences) < 0.01 ? 1 : 0;
    }
    // 20 are expected; five standard deviations more.
    EXPECT_LT(rejected, 43);
    EXPECT_GT(rejected, 2);
}

TEST(RankTest, FindsTheMiddle)
{
    EXPECT_DOUBLE_EQ(median_of({3, 1, 2}), 2);
    EXPECT_DOUBLE_EQ(median_of({4, 1, 2, 3}), 2.5);
    EXPECT_DOUBLE_EQ(median_of({}), 0);
}

} // namespace watertight
