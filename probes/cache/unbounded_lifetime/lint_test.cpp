#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::unbounded_lifetime {

lint::redis_unit lint();

TEST(LintCacheUnboundedLifetime, CatchesKeysWithoutExpiry)
{
    lint::redis_facts facts;
    facts.families.push_back({"tenant:*:user:*", "tenant:1:user:2", 10, 10, 4, 0});
    auto const found = lint().judge(facts);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].object, "tenant:*:user:*");
}

TEST(LintCacheUnboundedLifetime, PassesKeysThatExpire)
{
    lint::redis_facts facts;
    facts.families.push_back({"tenant:*:user:*", "tenant:1:user:2", 10, 10, 0, 0});
    EXPECT_TRUE(lint().judge(facts).empty());
}

} // namespace watertight::probes::cache::unbounded_lifetime
