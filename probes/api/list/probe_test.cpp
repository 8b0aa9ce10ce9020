#include "probes/api/list/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::list {

using namespace testing;

TEST(ApiList, CatchesAForeignCanary)
{
    auto const c = judge({{answer(alice, 200, {alice, bob})}});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiList, CatchesAForeignCanaryBehindAParameter)
{
    trial const polluted{answer(alice, 200, {bob}), false, false};
    auto const c = judge({{answer(alice, 200, {alice})}, polluted});
    EXPECT_EQ(c.violations.size(), 1U);
}

TEST(ApiList, PassesOwnObjectsOnly)
{
    auto const c = judge({{answer(alice, 200, {alice})}, {answer(bob, 200, {bob})}});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(ApiList, AnEmptyListIsNotAPass)
{
    auto const c = judge({{answer(alice, 200, {}, "[]")}});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiList, AFailingListIsNotAPass)
{
    EXPECT_EQ(judge({{answer(alice, 500)}}).undecided.size(), 1U);
    EXPECT_EQ(judge({{unanswered(alice)}}).undecided.size(), 1U);
}

TEST(ApiList, PassesWhereAParameterAloneMakesTheTargetFail)
{
    trial with_limit{answer(alice, 500)};
    with_limit.must_show_own = false;
    with_limit.is_plain = false;
    auto const c = judge({{answer(alice, 200, {alice})}, with_limit});
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
    EXPECT_EQ(judge({{answer(alice, 500)}, with_limit}).trials, 0U);
}

TEST(ApiList, AsksForTheOtherTenantInGroupsOfFilters)
{
    target::tenant other;
    other.slug = "globex";
    auto const all = in_groups(other, {"shop"});
    ASSERT_FALSE(all.empty());
    auto const has = [&](std::string_view name) {
        return std::ranges::any_of(all.front(), [&](parameter const& p) {
            return p.name == name && p.value == "globex";
        });
    };
    EXPECT_TRUE(has("filter[shop]"));
    EXPECT_TRUE(has("filter[tenant]"));
}

TEST(ApiList, AsksForATermThatAllCanariesBeginWith)
{
    auto const is_term = [](parameter const& p) { return p.name == "q" && p.value == "zq7k"; };
    EXPECT_TRUE(std::ranges::any_of(other_queries(), [&](auto const& group) {
        return std::ranges::any_of(group, is_term);
    }));
}

TEST(ApiList, AsksForWhatRefersToOneOfTheOthers)
{
    auto const names =
        filters_by("tags", R"({"items":[{"id":"7","labels":["7"],"id_of":7}]})", "7");
    auto const has = [&](std::string_view name) { return std::ranges::count(names, name) == 1; };
    EXPECT_TRUE(has("tag_id") && has("tag") && has("tags") && has("id_of"));
    EXPECT_FALSE(has("id"));
}

TEST(ApiList, AsksForThePageAfterTheFirst)
{
    auto const is_page = [](parameter const& p) { return p.name == "page" && p.value == "2"; };
    EXPECT_TRUE(std::ranges::any_of(other_queries(), [&](auto const& group) {
        return std::ranges::any_of(group, is_page);
    }));
}

} // namespace watertight::probes::api::list
