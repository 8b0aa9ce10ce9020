#include "reports/text.hpp"

#include <gtest/gtest.h>

using namespace watertight::reports;

using lines = std::vector<std::string>;

TEST(Wrap, BreaksBetweenWords)
{
    EXPECT_EQ(wrap("one two three", 8), (lines{"one two", "three"}));
    EXPECT_EQ(wrap("", 8), (lines{""}));
    EXPECT_EQ(wrap("a\nb", 8), (lines{"a", "b"}));
}

TEST(Wrap, BreaksAWordThatIsTooWideAtASeam)
{
    EXPECT_EQ(wrap("/api/v1/users/{id}", 12), (lines{"/api/v1/", "users/{id}"}));
    EXPECT_EQ(wrap("aaaaaaaaaaaa", 8), (lines{"aaaaaaaa", "aaaa"}));
}

TEST(Wrap, CountsCodePointsNotBytes)
{
    EXPECT_EQ(wrap("äöüß äöü", 8), (lines{"äöüß äöü"}));
    EXPECT_EQ(wrap("ääääääääää", 8), (lines{"ääääääää", "ää"}));
}

TEST(Visible, SpellsOutWhatWouldMoveACursor)
{
    EXPECT_EQ(visible("a\x1b[2Jb"), "a\\x1b[2Jb");
    EXPECT_EQ(visible("a\rb\r\nc\td"), "a\\x0db\nc    d");
    EXPECT_EQ(visible("\xc2\x9b"), "\\xc2\\x9b");
    EXPECT_EQ(visible("\xe2\x80\xae"), "\\xe2\\x80\\xae");
    EXPECT_EQ(
        visible("a\xff"
                "b"),
        "a\xef\xbf\xbd"
        "b"
    );
    EXPECT_EQ(visible("grün"), "grün");
}

TEST(Figures, ReadAsAPersonWritesThem)
{
    EXPECT_EQ(number(1234567), "1,234,567");
    EXPECT_EQ(micros(12'345), "12.3 ms");
    EXPECT_EQ(lasting(7.54), "7.54 s");
    EXPECT_EQ(lasting(300), "5 min");
    EXPECT_EQ(percent(0.1234, true), "+12.3%");
    EXPECT_EQ(percent(-0.5, true), "-50%");
    EXPECT_EQ(per_second(489.8), "490/s");
    EXPECT_EQ(counted(1, "criterion", "criteria"), "1 criterion");
    EXPECT_EQ(counted(2, "criterion", "criteria"), "2 criteria");
}
