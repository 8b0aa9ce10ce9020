#include "probes/cache/unscoped_key/claims.hpp"
#include "probes/cache/unscoped_key/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::unscoped_key {

using namespace testing;

static probe::exchange from_cache(probe::exchange e)
{
    e.head = "HTTP/1.1 200 OK\r\nX-Cache: HIT\r\n\r\n";
    return e;
}

static api_trial sound()
{
    auto const owners = answer(bob, 200, {bob});
    return {answer(alice, 404), owners, from_cache(owners), answer(alice, 404)};
}

static key_trial key_of_bob()
{
    key_trial k;
    k.key = "tenant:bob:user:7";
    k.family = "tenant:*:user:*";
    k.owner = bob;
    k.token = "zq7kbob";
    k.names_owner = true;
    return k;
}

TEST(CacheUnscopedKey, CatchesAnAnswerThatOnlyTheWarmCacheGives)
{
    auto t = sound();
    t.warm = answer(alice, 200, {bob});
    auto const c = judge({t}, {key_of_bob()}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "cache GET /things/{id}");
}

TEST(CacheUnscopedKey, CatchesAKeyThatNamesNobody)
{
    auto k = key_of_bob();
    k.key = "user:7";
    k.family = "user:*";
    k.names_owner = false;
    auto const c = judge({sound()}, {k}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "redis user:*");
    EXPECT_EQ(c.violations[0].victim, bob);
}

// Where the scenario says nothing, an id of the target's own may name the tenant.
TEST(CacheUnscopedKey, PassesAKeyOfWhichNobodySaysHowItNamesItsTenant)
{
    auto k = key_of_bob();
    k.names_owner = false;
    k.is_guessed = true;
    auto const c = judge({sound()}, {k}, true);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.notes.size(), 1U);
}

TEST(CacheUnscopedKey, CatchesAKeyThatNamesAnotherWhoeverSaysHow)
{
    auto k = key_of_bob();
    k.names_owner = false;
    k.is_guessed = true;
    k.names_other = alice;
    EXPECT_EQ(judge({sound()}, {k}, true).violations.size(), 1U);
}

TEST(CacheUnscopedKey, PassesKeysThatNameTheirOwner)
{
    auto const c = judge({sound()}, {key_of_bob()}, true);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

// Shown without the owner's help, the leak is the handler's and not the cache's.
TEST(CacheUnscopedKey, PassesALeakThatNeedsNoCache)
{
    auto t = sound();
    t.cold = t.warm = answer(alice, 200, {bob});
    EXPECT_TRUE(judge({t}, {key_of_bob()}, true).violations.empty());
}

// A read that shows nothing is a gap beside a cache that is there, not a sign that there is none.
TEST(CacheUnscopedKey, PassesBesideAReadThatShowsNothing)
{
    auto blank = sound();
    for (auto* const e : {&blank.first, &blank.second}) *e = answer(bob, 200);
    EXPECT_TRUE(tells_of_cache({blank, sound()}));
    EXPECT_FALSE(tells_of_cache({blank}));
}

TEST(CacheUnscopedKey, AnUnusedCacheIsNotAPass)
{
    auto t = sound();
    t.second = answer(bob, 200, {bob});
    EXPECT_EQ(judge({t}, {}, true).undecided.size(), 1U);
}

using texts = std::set<std::string>;

TEST(CacheUnscopedKey, KnowsWhoseAHashSaysItIs)
{
    EXPECT_EQ(
        labels_in(std::vector<probe::redis_part>{{"org", "t7"}, {"title", "x"}}), texts{"t7"}
    );
}

} // namespace watertight::probes::cache::unscoped_key
