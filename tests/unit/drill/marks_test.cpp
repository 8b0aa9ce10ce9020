#include "harness/drill/marks.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

TEST(DrillMarks, CanariesAndTheirNumbersAreFoundInAnyCase)
{
    std::string const canary = "zq7kabcdefghijklmnopqrstuvwx";

    auto const seen = marks_in("x" + canary + " and 4503599627370497, 12345678901234567");

    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0], "4503599627370497");
    EXPECT_EQ(seen[1], canary);
    EXPECT_EQ(marks_in("ZQ7KABCDEFGHIJKLMNOPQRSTUVWX").at(0), canary);
    EXPECT_TRUE(marks_in("zq7kshort").empty());
}

} // namespace watertight::drill
