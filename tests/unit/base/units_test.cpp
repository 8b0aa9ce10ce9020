#include "harness/base/clock.hpp"
#include "harness/base/units.hpp"

#include <gtest/gtest.h>

namespace watertight {

TEST(ParseDuration, KnowsEveryUnit)
{
    struct {
        std::string_view text;
        std::chrono::nanoseconds duration;
    } const cases[] = {
        {"250ns", 250ns},
        {"250us", 250us},
        {"15ms", 15ms},
        {"1.5s", 1500ms},
        {"5m", 5min},
        {"5min", 5min},
        {"1h", 1h},
        {"2d", 48h},
        {"0s", 0s},
        {"10 s", 10s},
    };
    for (auto const& c : cases) {
        auto const parsed = parse_duration(c.text);
        ASSERT_TRUE(parsed.has_value()) << c.text;
        EXPECT_EQ(*parsed, c.duration) << c.text;
    }
}

TEST(ParseDuration, RoundsWhatBinaryFractionsCannotHold)
{
    EXPECT_EQ(*parse_duration("1.1ms"), 1100us);
    EXPECT_EQ(*parse_duration("0.3s"), 300ms);
    EXPECT_EQ(*parse_duration("4.35s"), 4350ms);
}

TEST(ParseDuration, RefusesWhatIsNone)
{
    for (auto const text :
         {"",
          "5",
          "s",
          "-1s",
          "1 s ",
          "1S",
          "1sec",
          "abc",
          "nan s",
          "infs",
          "1e30d",
          "1s2m",
          "0x5s"})
    {
        auto const parsed = parse_duration(text);
        ASSERT_TRUE(parsed.has_error()) << text;
        EXPECT_EQ(parsed.error().code, errc::malformed) << text;
    }
}

TEST(ParseRate, IsPerSecond)
{
    EXPECT_DOUBLE_EQ(*parse_rate_per_s("500/s"), 500);
    EXPECT_DOUBLE_EQ(*parse_rate_per_s("30/m"), 0.5);
    EXPECT_DOUBLE_EQ(*parse_rate_per_s("30/min"), 0.5);
    EXPECT_DOUBLE_EQ(*parse_rate_per_s("3600/h"), 1);
    EXPECT_TRUE(parse_rate_per_s("500").has_error());
    EXPECT_TRUE(parse_rate_per_s("-1/s").has_error());
    EXPECT_TRUE(parse_rate_per_s("inf/s").has_error());
}

TEST(ParseShare, TakesPercentAndFractions)
{
    EXPECT_DOUBLE_EQ(*parse_share("70%"), 0.7);
    EXPECT_DOUBLE_EQ(*parse_share("0.25"), 0.25);
    EXPECT_DOUBLE_EQ(*parse_share("100%"), 1);
    EXPECT_DOUBLE_EQ(*parse_share("0"), 0);
    for (auto const text : {"101%", "1.01", "-5%", "half", "", "nan", "nan%"}) {
        EXPECT_TRUE(parse_share(text).has_error()) << text;
    }
}

TEST(ParseBytes, KnowsDecimalAndBinaryUnits)
{
    EXPECT_EQ(*parse_bytes("300"), 300U);
    EXPECT_EQ(*parse_bytes("300B"), 300U);
    EXPECT_EQ(*parse_bytes("4KB"), 4000U);
    EXPECT_EQ(*parse_bytes("16KiB"), 16384U);
    EXPECT_EQ(*parse_bytes("1GB"), 1'000'000'000U);
    EXPECT_EQ(*parse_bytes("1.5MiB"), 1'572'864U);
    for (auto const text : {"", "-1", "1kb", "x", "1e30GB", "inf", "nan"}) {
        EXPECT_TRUE(parse_bytes(text).has_error()) << text;
    }
}

} // namespace watertight
