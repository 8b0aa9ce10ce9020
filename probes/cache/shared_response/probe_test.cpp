#include "probes/cache/shared_response/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::shared_response {

using namespace testing;

static probe::exchange with_headers(probe::exchange e, std::string const& headers)
{
    e.head = "HTTP/1.1 200 OK\r\n" + headers + "\r\n\r\n";
    return e;
}

static trial trial_of(probe::exchange warm, probe::exchange cold)
{
    trial t;
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.repeat = answer(bob, 200, {bob});
    t.questions.push_back({probe::asker::as_itself, std::move(warm), std::move(cold)});
    return t;
}

TEST(CacheSharedResponse, CatchesWhatOnlyTheWarmUrlShows)
{
    auto const c = judge({trial_of(answer(alice, 200, {bob}), answer(alice, 200, {alice}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// A cache that ignores the query serves any URL; it says so itself.
TEST(CacheSharedResponse, CatchesACacheThatIgnoresTheQuery)
{
    auto const leaky = with_headers(answer(alice, 200, {bob}), "X-Cache: HIT");
    EXPECT_EQ(judge({trial_of(leaky, leaky)}).violations.size(), 1U);
}

TEST(CacheSharedResponse, CatchesAnOwnerWhoIsServedAnothersAnswer)
{
    auto t = trial_of(answer(alice, 404), {});
    t.repeat = with_headers(answer(bob, 200, {alice}), "Age: 4");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
}

TEST(CacheSharedResponse, CatchesAPrivateAnswerThatIsStoredAsPublic)
{
    auto t = trial_of(answer(alice, 404), {});
    t.repeat = with_headers(t.repeat, "Age: 4\r\nCache-Control: public, max-age=60");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].level, evidence::severity::low);
}

TEST(CacheSharedResponse, PassesWhereEachIsServedItsOwn)
{
    auto const c = judge({trial_of(answer(alice, 200, {alice}), {})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

// What is shown to anybody under any URL is no cache's doing.
TEST(CacheSharedResponse, PassesALeakThatIsNoCaches)
{
    auto const leaky = answer(alice, 200, {bob});
    EXPECT_TRUE(judge({trial_of(leaky, leaky)}).violations.empty());
}

// A service's own cache behind its checks says HIT, too.
TEST(CacheSharedResponse, PassesHitsThatAreNotPublic)
{
    auto t = trial_of(answer(alice, 404), {});
    t.repeat = with_headers(t.repeat, "X-Cache: HIT");
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.notes.size(), 1U);
}

TEST(CacheSharedResponse, AFailingOwnerIsNotAPass)
{
    auto t = trial_of(answer(alice, 404), {});
    t.control = t.repeat = answer(bob, 500);
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(CacheSharedResponse, AThrottledIntruderIsNotAPass)
{
    auto const c = judge({trial_of(answer(alice, 429), {})});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::cache::shared_response
