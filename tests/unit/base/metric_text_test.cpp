#include "harness/base/metric_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace watertight::test {

TEST(MetricText, IsOneLineWhateverTheLabelsHold)
{
    EXPECT_EQ(metric_sample("up", {}, 1), "up 1\n");
    EXPECT_EQ(
        metric_sample("up", {{"a", "x\n# EOF"}, {"b", "\\\""}}, 0.25),
        "up{a=\"x\\n# EOF\",b=\"\\\\\\\"\"} 0.25\n"
    );
}

TEST(MetricText, SpellsWhatIsNoFiniteNumberAsPrometheusDoes)
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(metric_sample("m", {}, std::numeric_limits<double>::quiet_NaN()), "m NaN\n");
    EXPECT_EQ(metric_sample("m", {}, infinity), "m +Inf\n");
    EXPECT_EQ(metric_sample("m", {}, -infinity), "m -Inf\n");
}

} // namespace watertight::test
