#include "probes/cache/unbounded_lifetime/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::unbounded_lifetime {

using namespace testing;

static trial key_of_bob(std::int64_t ttl_s)
{
    return {"tenant:*:user:*", bob, "zq7kbob", ttl_s, "redis-cli TTL x"};
}

TEST(CacheUnboundedLifetime, CatchesAnEntryThatNeverExpires)
{
    auto const c = judge({key_of_bob(200), key_of_bob(-1)}, 300);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "redis tenant:*:user:*");
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(CacheUnboundedLifetime, CatchesAnEntryThatLivesTooLong)
{
    EXPECT_EQ(judge({key_of_bob(301)}, 300).violations.size(), 1U);
}

TEST(CacheUnboundedLifetime, PassesEntriesWithinTheirTime)
{
    auto const c = judge({key_of_bob(300), key_of_bob(0)}, 300);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(CacheUnboundedLifetime, AnEmptyCacheIsNotAPass)
{
    EXPECT_EQ(judge({}, 300).undecided.size(), 1U);
}

} // namespace watertight::probes::cache::unbounded_lifetime
