#include "probes/cache/shared_lock/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::shared_lock {

using namespace testing;

static trial waiting()
{
    trial t;
    t.channel = "POST /export";
    t.victim = bob;
    t.intruder = alice;
    t.key = "lock:export";
    t.requests = 40;
    t.asked = 95;
    for (int i = 0; i < 10; ++i) {
        t.alone_ms.push_back(5 + 0.1 * i);
        t.in_company_ms.push_back(16 + 0.2 * i);
    }
    return t;
}

TEST(CacheSharedLock, CatchesALockThatTenantsWaitFor)
{
    auto const c = judge({waiting()});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "POST /export");
    EXPECT_EQ(c.violations[0].position, "key lock:export");
}

// Asked for once a request, it was never found taken: a counter, or a mark that something is done.
TEST(CacheSharedLock, PassesAKeyThatNobodyWaitsFor)
{
    auto t = waiting();
    t.asked = t.requests;
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.notes.size(), 1U);
}

TEST(CacheSharedLock, PassesALockThatCostsNothing)
{
    auto t = waiting();
    t.in_company_ms = t.alone_ms;
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(CacheSharedLock, PassesLocksOfEachTenantsOwn)
{
    auto t = waiting();
    t.key.clear();
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheSharedLock, AStoreThatCannotBeHeardIsNotAPass)
{
    auto t = waiting();
    t.why_not = "the store's commands can't be heard";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(CacheSharedLock, KnowsACommandThatAsksForALock)
{
    EXPECT_EQ(key_of_lock(R"(17.5 [0 127.0.0.1:5] "SET" "lock:a" "t" "NX" "PX" "50")"), "lock:a");
    EXPECT_EQ(key_of_lock(R"(17.5 [0 lua] "set" "lock:a" "t" "px" "50" "nx")"), "lock:a");
    EXPECT_EQ(key_of_lock(R"(17.5 [0 127.0.0.1:5] "setnx" "lock \"b\"" "1")"), "lock \"b\"");
    EXPECT_EQ(key_of_lock(R"(17.5 [0 127.0.0.1:5] "SET" "k" "nx")"), std::nullopt);
    EXPECT_EQ(key_of_lock(R"(17.5 [0 127.0.0.1:5] "GET" "lock:a")"), std::nullopt);
    EXPECT_EQ(key_of_lock("OK"), std::nullopt);
}

} // namespace watertight::probes::cache::shared_lock
