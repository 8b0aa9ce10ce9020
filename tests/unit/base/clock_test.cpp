#include "harness/base/clock.hpp"

#include <gtest/gtest.h>

namespace watertight {

TEST(Rfc3339, WritesUtcWithMilliseconds)
{
    EXPECT_EQ(rfc3339(wall::time_point{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(wall::time_point{1'769'851'800'123ms}), "2026-01-31T09:30:00.123Z");
    EXPECT_EQ(rfc3339(wall::time_point{-1ms}), "1969-12-31T23:59:59.999Z");
}

struct human_case {
    std::chrono::nanoseconds duration;
    std::string_view text;
};

TEST(Human, ChoosesTheUnitThatAPersonWould)
{
    human_case const cases[] = {
        {0ns, "0 us"},
        {850us, "850 us"},
        {12'300us, "12.3 ms"},
        {4'560ms, "4.56 s"},
        {2min + 5s, "2 min 5 s"},
        {1h + 3min + 59s, "1 h 3 min"},
        {26h, "26 h 0 min"},
        // On the edges, no unit overflows into "1e+03" or "60 s".
        {999'900us, "1 s"},
        {59'999ms, "1 min 0 s"},
        {999'700ns, "1 ms"},
        {999ms, "999 ms"},
        {-5ms, "-5 ms"},
    };
    for (auto const& c : cases) EXPECT_EQ(human(c.duration), c.text) << c.duration.count();
}

TEST(Seconds, AreADouble)
{
    EXPECT_DOUBLE_EQ(seconds(1500ms), 1.5);
}

TEST(Rfc3339, IsReadBackToTheMillisecond)
{
    for (auto const* const text :
         {"1970-01-01T00:00:00.000Z", "2026-02-28T23:59:59.999Z", "2028-02-29T12:30:00.001Z"})
    {
        auto const t = parse_rfc3339(text);
        ASSERT_TRUE(t) << text;
        EXPECT_EQ(rfc3339(*t), text);
    }
    for (auto const* const text : {"", "2026-02-30T00:00:00.000Z", "2026-02-28 00:00:00.000Z", "x"})
    {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

} // namespace watertight
