#include "probes/cache/validator/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::validator {

using namespace testing;

static probe::exchange tagged(probe::exchange e, std::string const& tag)
{
    e.head = "HTTP/1.1 200 OK\r\nETag: " + tag + "\r\n\r\n";
    return e;
}

static trial trial_of(probe::exchange plain, probe::exchange hostile, probe::exchange absent)
{
    trial t;
    t.victim = bob;
    t.asked = {"If-None-Match", "\"v1\""};
    t.control = tagged(answer(bob, 200, {bob}), "\"v1\"");
    t.owners = answer(bob, 304);
    t.plain = std::move(plain);
    t.hostile = std::move(hostile);
    t.absent = std::move(absent);
    return t;
}

TEST(CacheValidator, CatchesAConfirmationOfWhatIsRefusedOtherwise)
{
    auto const c = judge({trial_of(answer(alice, 404), answer(alice, 304), answer(alice, 404))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(CacheValidator, CatchesAListWhoseValidatorIsEverybodys)
{
    auto const own = tagged(answer(alice, 200, {alice}), "\"a7\"");
    auto const other = tagged(answer(alice, 200, {alice}), "\"a7\"");
    EXPECT_EQ(judge({trial_of(own, answer(alice, 304), other)}).violations.size(), 1U);
}

TEST(CacheValidator, PassesWhereTheIntruderIsRefusedEitherWay)
{
    auto const c = judge({trial_of(answer(alice, 404), answer(alice, 404), answer(alice, 404))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

// Both tenants' empty lists, or the same constant page.
TEST(CacheValidator, PassesBodiesThatAreTheSameForAll)
{
    auto const own = tagged(answer(alice, 200), "\"v1\"");
    EXPECT_TRUE(judge({trial_of(own, answer(alice, 304), own)}).violations.empty());
}

// It says 304 to whatever comes with a condition.
TEST(CacheValidator, PassesATargetThatConfirmsAnything)
{
    auto const c = judge({trial_of(answer(alice, 404), answer(alice, 304), answer(alice, 304))});
    EXPECT_TRUE(c.violations.empty());
}

TEST(CacheValidator, PassesDatesOfOnesOwn)
{
    auto t = trial_of(answer(alice, 200, {alice}), answer(alice, 304), answer(alice, 200));
    t.asked = {"If-Modified-Since", "Sat, 01 Jan 2022 00:00:00 GMT"};
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(CacheValidator, AThrottledQuestionIsNotAPass)
{
    auto const c = judge({trial_of(answer(alice, 404), answer(alice, 429), answer(alice, 404))});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::cache::validator
