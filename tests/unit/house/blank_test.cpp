#include "tests/unit/house/blank.hpp"

#include <gtest/gtest.h>

namespace watertight::house {

TEST(HouseBlank, CommentsAndLiteralsBecomeBlanks)
{
    EXPECT_EQ(blank("a(); // b()\n"), "a();       \n");
    EXPECT_EQ(blank("a /* b\nc */ d"), "a     \n     d");
    EXPECT_EQ(blank("f(\"g()\", 'x');"), "f(\"   \",    );");
    EXPECT_EQ(blank("f(\"\\\"g()\");"), "f(\" \"   \");");
}

TEST(HouseBlank, RawLiteralsEndAtTheirOwnMark)
{
    auto const source = std::string{"f(R\"x(a \" { \n)x\"); g();"};

    auto const seen = blank(source);

    EXPECT_EQ(seen.size(), source.size());
    EXPECT_EQ(seen.find('{'), std::string::npos);
    EXPECT_NE(seen.find("g();"), std::string::npos);
    EXPECT_NE(seen.find('\n'), std::string::npos);
}

TEST(HouseBlank, DigitSeparatorsOpenNoLiteral)
{
    EXPECT_EQ(blank("x = 1'000'000; f();"), "x = 1'000'000; f();");
}

TEST(HouseBlank, LinesComeWithoutTheirEnds)
{
    EXPECT_EQ(lines_of("a\nb\n").size(), 2U);
    EXPECT_EQ(lines_of("a\nb").at(1), "b");
    EXPECT_TRUE(lines_of("").empty());
}

} // namespace watertight::house
