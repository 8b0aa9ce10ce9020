#include "probes/api/failed_create/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::failed_create {

using namespace testing;

static trial sound()
{
    trial t;
    t.how = "size = -1";
    t.canary = "zq7khalf";
    t.control_canary = "zq7kwhole";
    t.refused = answer(bob, 400);
    t.listed = t.control = answer(bob, 200, {}, R"([{"name":"zq7kwhole"}])");
    return t;
}

TEST(ApiFailedCreate, CatchesTheObjectThatStayed)
{
    auto t = sound();
    t.listed = answer(bob, 200, {}, R"([{"name":"zq7khalf"},{"name":"zq7kwhole"}])");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(ApiFailedCreate, PassesWhenNothingStayed)
{
    EXPECT_TRUE(judge({sound()}).violations.empty());
    EXPECT_EQ(judge({sound()}).trials, 1U);
}

// Nobody knows what became of it.
TEST(ApiFailedCreate, PassesOverServerErrorsAndSuccesses)
{
    auto broken = sound();
    broken.refused = answer(bob, 500);
    broken.listed = answer(bob, 200, {}, R"([{"name":"zq7khalf"}])");
    auto taken = broken;
    taken.refused = answer(bob, 201);
    auto const c = judge({broken, taken});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_FALSE(c.not_applicable.empty());
}

TEST(ApiFailedCreate, AListWithoutTheNewObjectIsNotAPass)
{
    auto t = sound();
    t.control = t.listed = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiFailedCreate, SpoilsEachMemberAndKeepsTheCanary)
{
    auto const all = spoil(R"({"name":"zq7kbob","size":7})", "zq7kbob");
    EXPECT_TRUE(std::ranges::any_of(all, [](auto const& one) { return one.how == "size = -1"; }));
    EXPECT_TRUE(std::ranges::any_of(all, [](auto const& one) { return one.how == "without size"; })
    );
    for (auto const& one : all) EXPECT_NE(one.body.find("zq7kbob"), std::string::npos);
    EXPECT_TRUE(spoil("no json", "zq7kbob").empty());
}

} // namespace watertight::probes::api::failed_create
