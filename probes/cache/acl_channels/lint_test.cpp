#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::acl_channels {

lint::redis_unit lint();

static lint::redis_facts with(std::string_view line)
{
    lint::redis_facts out;
    out.users.push_back(lint::parse_acl_user(line));
    return out;
}

TEST(LintCacheAclChannels, CatchesEveryChannel)
{
    auto facts = with("user app on #1 ~app:* &* -@all +subscribe");
    facts.settings["notify-keyspace-events"] = "KEA";
    auto const found = lint().judge(facts);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].detail.find("KEA"), std::string::npos);
}

TEST(LintCacheAclChannels, PassesChannelsOfItsOwnAndWhoeverMayNotSubscribe)
{
    EXPECT_TRUE(lint().judge(with("user app on #1 ~a:* resetchannels &a:* +@all")).empty());
    EXPECT_TRUE(lint().judge(with("user app on #1 ~a:* &* -@all +get")).empty());
}

} // namespace watertight::probes::cache::acl_channels
