#include "harness/experiment/capacity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

using watertight::experiment::capacity_search;

// Asks until the search has no more questions. @return how many it had.
static int search(capacity_search& s, std::function<bool(double)> const& holds)
{
    int asked = 0;
    for (auto rate = s.next(); rate; rate = s.next()) {
        s.record(holds(*rate));
        ++asked;
    }
    return asked;
}

TEST(CapacitySearch, FindsTheRateFromBelowAndFromAbove)
{
    for (auto const first : {10.0, 700.0, 5'000.0}) {
        capacity_search s{{.first = first}};
        auto const asked = search(s, [](double rate) { return rate <= 730; });
        EXPECT_LE(s.found(), 730);
        EXPECT_GE(s.found() * 1.1, 730 / 1.001) << first;
        EXPECT_TRUE(s.is_settled());
        EXPECT_GT(s.failed(), 730);
        EXPECT_LE(asked, 14) << first;
    }
}

TEST(CapacitySearch, StopsAtTheHighestRateThatMayBeTried)
{
    double most = 0;
    capacity_search s{{.first = 100, .highest = 900}};
    search(s, [&most](double rate) {
        most = std::max(most, rate);
        return true;
    });
    EXPECT_EQ(s.found(), 900);
    EXPECT_EQ(most, 900);
    EXPECT_TRUE(s.is_settled());
    EXPECT_FALSE(std::isfinite(s.failed()));
}

TEST(CapacitySearch, FindsNoneWhereNothingHolds)
{
    capacity_search s{{.first = 100}};
    auto const asked = search(s, [](double) { return false; });
    EXPECT_EQ(s.found(), 0);
    EXPECT_FALSE(s.is_settled());
    EXPECT_LE(asked, 8);
}

// A rate that held by chance is asked for again, and given up.
TEST(CapacitySearch, GivesUpARateThatDoesNotHoldAgain)
{
    int lucky = 1;
    capacity_search s{{.first = 100}};
    search(s, [&lucky](double rate) { return rate <= 300 || (rate < 500 && lucky-- > 0); });
    EXPECT_LE(s.found(), 300);
    EXPECT_GE(s.found() * 1.11, 300);
    EXPECT_TRUE(s.is_settled());
}
