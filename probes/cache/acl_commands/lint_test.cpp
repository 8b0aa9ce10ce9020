#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::acl_commands {

lint::redis_unit lint();

static lint::redis_facts with(std::string_view line)
{
    lint::redis_facts out;
    out.users.push_back(lint::parse_acl_user(line));
    return out;
}

TEST(LintCacheAclCommands, CatchesWhatConcernsEverybody)
{
    auto const found = lint().judge(with("user app on #1 ~app:* +@all -@dangerous"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].detail.find("scan"), std::string::npos);
    EXPECT_NE(found[0].detail.find("script"), std::string::npos);
    EXPECT_EQ(found[0].detail.find("flushall"), std::string::npos);
    EXPECT_EQ(found[0].level, evidence::severity::medium);
}

TEST(LintCacheAclCommands, CatchesACommandThatIsAddedAgain)
{
    auto const found = lint().judge(with("user app on #1 ~* -@all +get +monitor"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].detail.find("monitor"), std::string::npos);
}

TEST(LintCacheAclCommands, PassesRulesThatNameWhatIsNeeded)
{
    EXPECT_TRUE(lint().judge(with("user app on #1 ~app:* -@all +get +set +script|load")).empty());
    EXPECT_TRUE(
        lint().judge(with("user app on #1 ~app:* +@all -@dangerous -@admin -script -scan")).empty()
    );
}

} // namespace watertight::probes::cache::acl_commands
