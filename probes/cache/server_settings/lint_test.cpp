#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::server_settings {

lint::redis_unit lint();

TEST(LintCacheServerSettings, CatchesAServerThatIsOpen)
{
    lint::redis_facts facts;
    facts.settings = {{"protected-mode", "no"}, {"requirepass", ""}};
    EXPECT_EQ(lint().judge(facts).size(), 1U);
}

TEST(LintCacheServerSettings, CatchesABoundThatKnowsNoTenants)
{
    lint::redis_facts facts;
    facts.settings = {{"maxmemory", "1048576"}, {"maxmemory-policy", "allkeys-lru"}};
    EXPECT_EQ(lint().judge(facts).size(), 1U);
}

TEST(LintCacheServerSettings, PassesWhatIsProtectedAndUnbounded)
{
    lint::redis_facts facts;
    facts.settings = {
        {"protected-mode", "yes"}, {"maxmemory", "0"}, {"maxmemory-policy", "noeviction"}};
    EXPECT_TRUE(lint().judge(facts).empty());
}

} // namespace watertight::probes::cache::server_settings
