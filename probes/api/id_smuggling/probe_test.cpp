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

// Alice changes her own object and names Bob's besides.
static write_trial sound_write()
{
    write_trial t;
    t.how = "member id";
    t.planted = "zq7kplanted";
    t.control = t.after = answer(bob, 200, {bob});
    t.hostile = answer(alice, 200, {alice});
    return t;
}

static probe::conclusion judged(write_trial const& t)
{
    probe::conclusion out;
    judge_writes({t}, out);
    return out;
}

TEST(ApiIdSmuggling, CatchesAChangeOfTheObjectThatTheBodyNames)
{
    auto t = sound_write();
    t.after = answer(bob, 200, {}, R"({"name":"zq7kplanted"})");
    auto const c = judged(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(ApiIdSmuggling, PassesWhenOnlyTheObjectOfThePathChanges)
{
    EXPECT_TRUE(judged(sound_write()).violations.empty());
    EXPECT_EQ(judged(sound_write()).trials, 1U);
}

TEST(ApiIdSmuggling, AFailedReadBackIsNotAPass)
{
    auto t = sound_write();
    t.after = answer(bob, 503);
    EXPECT_EQ(judged(t).undecided.size(), 1U);
}

} // namespace watertight::probes::api::id_smuggling
