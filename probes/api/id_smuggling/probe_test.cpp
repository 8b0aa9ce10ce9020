#include "probes/api/id_smuggling/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::id_smuggling {

using namespace testing;

// Bob's object is smuggled into Alice's request for her own.
static trial sound()
{
    return {
        "query parameter id",
        answer(bob, 200, {bob}),
        answer(alice, 200, {alice}),
        answer(alice, 200, {alice}),
    };
}

TEST(ApiIdSmuggling, CatchesTheSecondObject)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {alice, bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiIdSmuggling, PassesOnesOwnObjectAndARefusal)
{
    auto refused = sound();
    refused.hostile = answer(alice, 400);
    auto const c = judge({sound(), refused});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(ApiIdSmuggling, ARequestThatNeverWorksIsNotAPass)
{
    auto t = sound();
    t.plain = answer(alice, 404);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiIdSmuggling, AddsToTheListAndNowhereElse)
{
    EXPECT_EQ(with_second_id(R"({"ids":[7],"n":7})", "7", "9"), R"({"ids":[7,9],"n":7})");
    EXPECT_EQ(with_second_id(R"({"q":{"ids":["a"]}})", "a", "b"), R"({"q":{"ids":["a","b"]}})");
    EXPECT_FALSE(with_second_id(R"({"id":7})", "7", "9"));
    EXPECT_FALSE(with_second_id("no json", "7", "9"));
}

} // namespace watertight::probes::api::id_smuggling
