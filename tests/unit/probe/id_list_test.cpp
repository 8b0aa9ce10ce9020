#include "harness/probe/id_list.hpp"
#include "harness/probe/read_back.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probe {

TEST(IdList, AddsToTheListAndNowhereElse)
{
    EXPECT_EQ(with_second_id(R"({"ids":[7],"n":7})", "7", "9"), R"({"ids":[7,9],"n":7})");
    EXPECT_EQ(with_second_id(R"({"q":{"ids":["a"]}})", "a", "b"), R"({"q":{"ids":["a","b"]}})");
    EXPECT_EQ(with_second_id(R"({"ids":"a"})", "a", "b"), R"({"ids":"a,b"})");
    EXPECT_FALSE(with_second_id(R"({"id":7})", "7", "9"));
    EXPECT_FALSE(with_second_id("no json", "7", "9"));
    EXPECT_EQ(
        form_with_second_id(R"({"id":"7","n":"1"})", "7", "9"), R"({"id":["7","9"],"n":"1"})"
    );
    EXPECT_EQ(
        form_with_second_id(R"({"a":{"ids[]":"7"}})", "7", "9"), R"({"a":{"ids[]":["7","9"]}})"
    );
    EXPECT_FALSE(form_with_second_id(R"({"id":"8"})", "7", "9"));
}

TEST(IdList, PutsTheForeignIdFirst)
{
    auto const first = id_order::foreign_first;
    EXPECT_EQ(with_second_id(R"({"ids":[7]})", "7", "9", first), R"({"ids":[9,7]})");
}

TEST(IdList, DoublesTheRequestInAnEnvelope)
{
    EXPECT_EQ(
        with_second_id(R"({"requests":[{"method":"GET","path":"/users/a1"}]})", "a1", "b2"),
        R"({"requests":[{"method":"GET","path":"/users/a1"},{"method":"GET","path":"/users/b2"}]})"
    );
}

TEST(IdList, ListsIdsInPathAndQuery)
{
    auto const has = [](std::string_view target, std::string_view wanted) {
        auto const all = targets_with_second_id(target, "7", "9");
        return std::ranges::any_of(all, [&](auto const& one) { return one.second == wanted; });
    };
    EXPECT_TRUE(has("/users/7", "/users/7,9"));
    EXPECT_TRUE(has("/users?full=1&ids=7", "/users?full=1&ids=7,9"));
    EXPECT_TRUE(has("/users?ids=7&full=1", "/users?ids=7&ids=9&full=1"));
    EXPECT_TRUE(targets_with_second_id("/users/17?n=77", "7", "9").empty());
}

TEST(IdList, GivesAParameterTwiceInEitherOrder)
{
    auto const all = targets_with_parameter_twice("/o?v=1&key=a/7&x=2", "/o?v=1&key=b/9&x=2");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].second, "/o?v=1&key=a/7&key=b/9&x=2");
    EXPECT_EQ(all[1].second, "/o?v=1&key=b/9&key=a/7&x=2");
    EXPECT_EQ(targets_with_parameter_twice("/o?key=7", "/o?key=9")[0].second, "/o?key=7&key=9");
    EXPECT_TRUE(targets_with_parameter_twice("/o/7?v=1", "/o/9?v=1").empty());
    EXPECT_TRUE(targets_with_parameter_twice("/o/7", "/o/9").empty());
}

TEST(ReadBack, FindsTheElementThatHoldsACanaryOrIsTheId)
{
    std::vector<std::string> const tokens{"zq7kbob", "0", "7"};
    EXPECT_EQ(
        part_about(R"({"items":[{"id":7,"n":"x"},{"id":8,"lines":["zq7kbob"]}]})", tokens),
        R"({"id":7,"n":"x"})"
    );
    EXPECT_EQ(
        part_about(R"({"items":[{"id":77},{"t":"zq7kbob!"}]})", tokens), R"({"t":"zq7kbob!"})"
    );
    EXPECT_EQ(part_about(R"({"items":[{"id":8}]})", tokens), "");
    EXPECT_EQ(part_about("no json", tokens), "");
}

} // namespace watertight::probe
