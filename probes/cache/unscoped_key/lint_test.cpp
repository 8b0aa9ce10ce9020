#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::unscoped_key {

lint::redis_unit lint();

static lint::redis_facts with(lint::redis_facts::family f)
{
    lint::redis_facts out;
    out.how_named = "by a word such as tenant";
    out.families.push_back(std::move(f));
    return out;
}

TEST(LintCacheUnscopedKey, CatchesKeysThatNameNobody)
{
    EXPECT_EQ(lint().judge(with({"user:*", "user:7", 10, 10, 0, 10})).size(), 1U);
}

TEST(LintCacheUnscopedKey, PassesKeysThatNameTheirTenantAndSingleOnes)
{
    EXPECT_TRUE(lint().judge(with({"tenant:*:user:*", "tenant:1:user:2", 9, 9, 0, 0})).empty());
    EXPECT_TRUE(lint().judge(with({"schema-version", "schema-version", 1, 1, 1, 1})).empty());
}

TEST(LintCacheUnscopedKey, SaysNothingWhereNothingNamesATenant)
{
    auto facts = with({"user:*", "user:7", 10, 10, 0, 10});
    facts.how_named.clear();
    EXPECT_TRUE(lint().judge(facts).empty());
}

} // namespace watertight::probes::cache::unscoped_key
