#include "harness/drill/read_back.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static std::string const first = "zq7kaaaaaaaaaaaaaaaaaaaaaaaa";
static std::string const second = "zq7kbbbbbbbbbbbbbbbbbbbbbbbb";

TEST(DrillReadBack, FindsTheExpectedCanaryAmongOthers)
{
    EXPECT_EQ(canary_in(R"({"a":")" + second + R"(","b":")" + first + R"("})", first), first);
}

TEST(DrillReadBack, FindsACanaryThatWasUpperCased)
{
    EXPECT_EQ(canary_in("<b>ZQ7KAAAAAAAAAAAAAAAAAAAAAAAA</b>", first), first);
}

TEST(DrillReadBack, ShowsWhatStandsThereInstead)
{
    EXPECT_EQ(canary_in(R"({"name":")" + second + R"("})", first), second);
}

TEST(DrillReadBack, ABodyWithoutACanaryShowsNothing)
{
    EXPECT_FALSE(canary_in(R"({"id":7})", first));
    EXPECT_FALSE(canary_in("zq7kcut", first));
    EXPECT_FALSE(canary_in("", ""));
}

} // namespace watertight::drill
