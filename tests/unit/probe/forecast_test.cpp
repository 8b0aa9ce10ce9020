#include "harness/probe/forecast.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

using namespace std::chrono_literals;

TEST(Forecast, TellsOfASlowTargetWhatShortensIt)
{
    // 0.6 s a request, as where each checks a password.
    auto const told = forecast({.sent = 100, .expected = 20'100, .elapsed = 60s});
    EXPECT_NE(told.find("600 ms a request"), std::string::npos) << told;
    EXPECT_NE(told.find("probes.pairs_max"), std::string::npos) << told;
}

TEST(Forecast, SaysNothingWhereItIsSoonOver)
{
    EXPECT_EQ(forecast({.sent = 100, .expected = 20'100, .elapsed = 1s}), "");
    EXPECT_EQ(forecast({.sent = 100, .expected = 90, .elapsed = 60s}), "");
    EXPECT_EQ(forecast({}), "");
}

TEST(Forecast, GrowsWithOperationsPairsAndProbes)
{
    target::model small;
    small.resources.resize(1);
    small.resources[0].create.emplace();
    auto large = small;
    large.operations.resize(9);
    EXPECT_EQ(expected_requests(large, 2, 10), 10 * expected_requests(small, 2, 10));
    EXPECT_EQ(expected_requests(small, 4, 10), expected_requests(small, 90, 10));
    EXPECT_LT(expected_requests(small, 2, 10), expected_requests(small, 2, 60));
}

} // namespace watertight::probe
