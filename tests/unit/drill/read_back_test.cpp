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

TEST(DrillReadBack, CountsInHowManyPlacesTheOneWriteOfAnObjectIsShown)
{
    written_object o;
    o.marks = {first, "4000000000000001"};

    EXPECT_EQ(places_of(o, first + " and " + first + ", 4000000000000001; " + second), 3U);
    EXPECT_EQ(places_of(o, "nothing"), 0U);
    o.marks.push_back(second);
    EXPECT_FALSE(places_of(o, first));
}

} // namespace watertight::drill
