#include "harness/traffic/arrivals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace watertight::traffic {

using namespace std::chrono_literals;

static open_loop steady_rate(double rate, arrival_kind kind)
{
    return {.rate_per_s = rate, .rate_per_s_end = rate, .arrivals = kind};
}

static std::vector<double> all_of(arrivals a)
{
    std::vector<double> out;
    while (auto const due = a.next()) out.push_back(seconds(*due));
    return out;
}

// 3 per second does not divide a second: the error must not pile up.
TEST(Arrivals, DoNotDriftWhenThePeriodIsNotWhole)
{
    arrivals a{steady_rate(3, arrival_kind::constant), 1'000'001s, {}, rng{1}};

    std::optional<std::chrono::nanoseconds> due;
    for (int n = 0; n <= 3'000'000; ++n) due = a.next();

    EXPECT_EQ(due, 1'000'000s);
}

TEST(Arrivals, ConstantOnesAreAsManyAsTheRateSays)
{
    auto const due = all_of({steady_rate(1000, arrival_kind::constant), 3s, {}, rng{1}});

    ASSERT_EQ(due.size(), 3000);
    EXPECT_EQ(due.front(), 0);
    EXPECT_DOUBLE_EQ(due.back(), 2.999);
}

TEST(Arrivals, CoresTogetherMakeTheWholeSchedule)
{
    auto const how = steady_rate(100, arrival_kind::constant);
    std::vector<double> together;
    for (std::size_t core = 0; core < 3; ++core) {
        auto const due = all_of({how, 2s, {.core = core, .cores = 3}, rng{core}});
        together.insert(together.end(), due.begin(), due.end());
    }
    std::ranges::sort(together);

    EXPECT_EQ(together, all_of({how, 2s, {}, rng{9}}));
}

// For exponential times the mean and the standard deviation are equal.
TEST(Arrivals, PoissonTimesHaveTheMomentsOfTheExponential)
{
    auto const due = all_of({steady_rate(200, arrival_kind::poisson), 1000s, {}, rng{42}});
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 1; i < due.size(); ++i) {
        auto const gap = due[i] - due[i - 1];
        sum += gap;
        squares += gap * gap;
    }
    auto const n = static_cast<double>(due.size() - 1);
    auto const mean = sum / n;
    auto const variance = squares / n - mean * mean;

    EXPECT_NEAR(n, 200'000, 4 * std::sqrt(200'000));
    EXPECT_NEAR(mean, 0.005, 0.005 * 0.01);
    EXPECT_NEAR(variance, 0.005 * 0.005, 0.005 * 0.005 * 0.03);
}

// Kolmogorov-Smirnov against 1 - exp(-rate t), at the 0.1 % level: D < 1.95 / sqrt(n).
TEST(Arrivals, PoissonTimesFollowTheExponentialDistribution)
{
    auto const due = all_of({steady_rate(50, arrival_kind::poisson), 1000s, {}, rng{7}});
    std::vector<double> gaps;
    for (std::size_t i = 1; i < due.size(); ++i) gaps.push_back(due[i] - due[i - 1]);
    std::ranges::sort(gaps);

    auto const n = static_cast<double>(gaps.size());
    double distance = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        auto const expected = 1 - std::exp(-50 * gaps[i]);
        auto const below = static_cast<double>(i) / n;
        distance = std::max({distance, expected - below, below + 1 / n - expected});
    }

    EXPECT_LT(distance, 1.95 / std::sqrt(n));
}

TEST(Arrivals, SameSeedGivesTheSameSchedule)
{
    auto const how = steady_rate(100, arrival_kind::poisson);

    EXPECT_EQ(all_of({how, 5s, {}, rng{3}}), all_of({how, 5s, {}, rng{3}}));
    EXPECT_NE(all_of({how, 5s, {}, rng{3}}), all_of({how, 5s, {}, rng{4}}));
}

TEST(Arrivals, RampIsTheIntegralOfItsRate)
{
    open_loop const how{
        .rate_per_s = 10, .rate_per_s_end = 110, .arrivals = arrival_kind::constant};

    auto const due = all_of({how, 10s, {}, rng{1}});

    ASSERT_NEAR(static_cast<double>(due.size()), 600, 1);
    for (std::size_t n = 0; n < due.size(); ++n) {
        auto const t = due[n];
        ASSERT_NEAR(10 * t + 5 * t * t, static_cast<double>(n), 1e-4);
    }
}

TEST(Arrivals, RampMayEndAtRest)
{
    open_loop const how{.rate_per_s = 100, .rate_per_s_end = 0, .arrivals = arrival_kind::constant};

    auto const due = all_of({how, 4s, {}, rng{1}});

    EXPECT_EQ(due.size(), 200);
    EXPECT_TRUE(std::ranges::is_sorted(due));
    EXPECT_LT(due.back(), 4);
}

TEST(Arrivals, RampMayBeginAtRest)
{
    open_loop const how{.rate_per_s = 0, .rate_per_s_end = 100, .arrivals = arrival_kind::constant};

    EXPECT_EQ(all_of({how, 4s, {}, rng{1}}).size(), 200);
}

TEST(Arrivals, RateZeroHasNone)
{
    EXPECT_TRUE(all_of({steady_rate(0, arrival_kind::constant), 4s, {}, rng{1}}).empty());
    EXPECT_TRUE(all_of({steady_rate(0, arrival_kind::poisson), 4s, {}, rng{1}}).empty());
}

TEST(Arrivals, SkippedOnesAreCounted)
{
    arrivals a{steady_rate(100, arrival_kind::constant), 2s, {}, rng{1}};

    EXPECT_EQ(a.skip_until(500ms), 50);
    EXPECT_EQ(a.peek(), 500ms);
    EXPECT_EQ(a.skip_until(2s), 150);
    EXPECT_FALSE(a.peek());
}

} // namespace watertight::traffic
