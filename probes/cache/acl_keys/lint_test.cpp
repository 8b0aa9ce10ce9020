#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::acl_keys {

lint::redis_unit lint();

static lint::redis_facts with(std::string_view line)
{
    lint::redis_facts out;
    out.users.push_back(lint::parse_acl_user(line));
    out.own_name = "auditor";
    return out;
}

TEST(LintCacheAclKeys, CatchesAnAccountWithEveryKey)
{
    auto const found = lint().judge(with("user app on #12ab ~* resetchannels -@all +get"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].object, "app");
}

TEST(LintCacheAclKeys, CatchesAnAccountWithoutPassword)
{
    auto const found = lint().judge(with("user app on nopass ~a:* -@all +get"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].level, evidence::severity::high);
}

static lint::redis_facts with_two(std::string_view one, std::string_view other)
{
    auto out = with(one);
    out.users.push_back(lint::parse_acl_user(other));
    return out;
}

TEST(LintCacheAclKeys, CatchesAPatternThatEndsWithinAName)
{
    auto const found = lint().judge(with_two(
        "user t1 on #12ab ~tenant:1* -@all +get", "user t10 on #12ab ~tenant:10:* -@all +get"
    ));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].object, "t1");
    EXPECT_EQ(found[0].level, evidence::severity::medium);
}

TEST(LintCacheAclKeys, PassesTenantsOfWhomNoneBeginsAnother)
{
    EXPECT_TRUE(lint()
                    .judge(with_two(
                        "user t1 on #12ab ~{tenant:1}* -@all +get",
                        "user t10 on #12ab ~{tenant:10}* -@all +get"
                    ))
                    .empty());
    EXPECT_TRUE(lint()
                    .judge(with_two(
                        "user app on #12ab ~tenant:* -@all +get",
                        "user t10 on #12ab ~tenant:10:* -@all +get"
                    ))
                    .empty());
}

TEST(LintCacheAclKeys, PassesPatternsThatEndInASeparatorAndWhoeverIsOff)
{
    EXPECT_TRUE(lint().judge(with("user app on #12ab ~app:* -@all +get")).empty());
    EXPECT_TRUE(lint().judge(with("user app off #12ab ~* +@all")).empty());
    EXPECT_TRUE(lint().judge(with("user auditor on #12ab ~* +@all")).empty());
}

} // namespace watertight::probes::cache::acl_keys
