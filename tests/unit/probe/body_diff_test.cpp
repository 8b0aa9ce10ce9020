#include "harness/probe/body_diff.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

using parts = std::vector<std::string>;

TEST(BodyDiff, NamesChangedMissingAndNewParts)
{
    auto const before = R"({"a":1,"b":{"c":"x"},"d":2})";
    auto const after = R"({"a":1,"b":{"c":"y"},"e":3})";
    EXPECT_EQ(changed_parts(before, after, {}), (parts{"/b/c", "/d", "/e"}));
}

TEST(BodyDiff, LeavesOutWhatVariesByItself)
{
    auto const ignored = volatile_parts({R"({"t":1,"n":5})", R"({"t":2,"n":5})"});
    EXPECT_EQ(ignored, std::set<std::string>{"/t"});
    EXPECT_TRUE(changed_parts(R"({"t":1,"n":5})", R"({"t":9,"n":5})", ignored).empty());
    EXPECT_EQ(changed_parts(R"({"t":1,"n":5})", R"({"t":9,"n":6})", ignored), parts{"/n"});
}

TEST(BodyDiff, TakesTextThatIsNoJsonAsAWhole)
{
    EXPECT_TRUE(changed_parts("same", "same", {}).empty());
    EXPECT_EQ(changed_parts("1", "2", {}), parts{""});
}

// A token that each page has anew must not hide what else of it changes.
TEST(BodyDiff, TakesAPageByItsElements)
{
    auto const page = [](std::string_view token, std::string_view rows, std::string_view name) {
        return fmt::format(
            "<!doctype html><form><input type=hidden name=\"csrf\" value=\"{}\">"
            "<input name='title' value='{}'></form><ul>{}</ul>",
            token,
            name,
            rows
        );
    };
    auto const first = page("a1", "<li>one</li>", "x");
    auto const ignored = volatile_parts({first, page("b2", "<li>one</li>", "x")});

    EXPECT_TRUE(changed_parts(first, page("c3", "<li>one</li>", "x"), ignored).empty());
    EXPECT_EQ(
        changed_parts(first, page("c3", "<li>one</li>", "y"), ignored),
        parts{"<input name=title>@value 0"}
    );
    EXPECT_EQ(
        changed_parts(first, page("c3", "<li>one</li><li>two</li>", "x"), ignored), parts{"<li> 1"}
    );
    // Neither an end that is missing nor one too many is the end of it.
    EXPECT_EQ(flatten("<p>a<p").at("<p> 0"), "a");
    EXPECT_FALSE(flatten("<<>>< x='").empty());
}

TEST(BodyDiff, TakesOutTokens)
{
    EXPECT_EQ(without_tokens("no id-7 and id-8", {"id-7", "id-8", ""}), "no {} and {}");
}

// Short numbers are part of longer ones, which must not keep two answers from comparing equal.
TEST(BodyDiff, TakesOutNumbersAsAWholeAndTheLongerFirst)
{
    std::vector<std::string> const ids{"1", "9000123"};
    EXPECT_EQ(without_tokens(R"({"id":1,"year":2011})", ids), R"({"id":{},"year":2011})");
    EXPECT_EQ(without_tokens(R"({"id":9000123,"year":2011})", ids), R"({"id":{},"year":2011})");
    EXPECT_EQ(without_tokens("ab-1 and ab-12", {"ab-1", "ab-12"}), "{} and {}");
}

TEST(BodyDiff, FindsMembersByTheirValue)
{
    auto const body = R"({"a":{"org":"t-1","id":"x"},"list":[{"owner":"t-1"},"t-1"],"n":1})";
    EXPECT_EQ(members_that_hold(body, "t-1"), (parts{"org", "owner"}));
    EXPECT_EQ(members_that_hold(body, "1"), parts{"n"});
    EXPECT_TRUE(members_that_hold("no json", "1").empty());
}

} // namespace watertight::probe
