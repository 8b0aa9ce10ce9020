#include "harness/stores/postgres_text.hpp"

#include <gtest/gtest.h>

namespace watertight::stores {

static std::vector<std::string> read_in(copied_row& row, std::string_view line)
{
    std::vector<std::string> out;
    for (auto const& value : row.read(line)) out.emplace_back(value.value_or("(null)"));
    return out;
}

using texts = std::vector<std::string>;

TEST(CopiedRow, HasAValueBetweenTabs)
{
    copied_row row;
    EXPECT_EQ(read_in(row, "7\tacme\t(1,\"a b\")"), (texts{"7", "acme", "(1,\"a b\")"}));
    EXPECT_EQ(read_in(row, "\t"), (texts{"", ""}));
    EXPECT_EQ(read_in(row, ""), texts{""});
}

TEST(CopiedRow, TellsNullFromTextsThatLookLikeIt)
{
    copied_row row;
    EXPECT_EQ(read_in(row, "\\N\tx"), (texts{"(null)", "x"}));
    EXPECT_EQ(read_in(row, "\\\\N\tN"), (texts{"\\N", "N"}));
}

TEST(CopiedRow, GivesBackWhatWasEscaped)
{
    copied_row row;
    EXPECT_EQ(
        read_in(row, "one\\ntwo\\tthree\t\\\\path\\r\\b\\f\\v"),
        (texts{"one\ntwo\tthree", "\\path\r\b\f\v"})
    );
    // The memory of the row before is used again.
    EXPECT_EQ(read_in(row, "a\\tb\tc"), (texts{"a\tb", "c"}));
}

} // namespace watertight::stores
