#include "probes/cache/tenant_credentials/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::tenant_credentials {

using namespace testing;

static trial refused()
{
    trial t;
    t.victim = bob;
    t.intruder = alice;
    t.channel = "redis tenant:*:user:*";
    t.attempt = "GET tenant:bob:user:7";
    t.is_refused = true;
    return t;
}

static stores::redis_reply reply(stores::redis_reply::kind type, std::string text)
{
    stores::redis_reply out;
    out.type = type;
    out.text = std::move(text);
    return out;
}

TEST(CacheTenantCredentials, CatchesAnothersValue)
{
    auto t = refused();
    t.is_refused = false;
    t.shown = "zq7kbob";
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "redis tenant:*:user:*");
}

TEST(CacheTenantCredentials, CatchesACommandThatConcernsEverybody)
{
    auto t = refused();
    t.channel = "redis SCRIPT FLUSH";
    t.harms_by_itself = true;
    t.is_refused = false;
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(CacheTenantCredentials, PassesWhatIsRefused)
{
    auto flush = refused();
    flush.harms_by_itself = true;
    auto const c = judge({refused(), flush});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

// A list of clients that tells of nobody else is nobody else's harm.
TEST(CacheTenantCredentials, PassesAViewThatShowsNothingOfOthers)
{
    auto t = refused();
    t.is_refused = false;
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(CacheTenantCredentials, AnAccountThatDoesNotWorkIsNotAPass)
{
    auto t = refused();
    t.why_not = "WRONGPASS";
    auto const c = judge({t});
    EXPECT_EQ(c.undecided.size(), 1U);
    EXPECT_EQ(c.trials, 0U);
}

TEST(CacheTenantCredentials, TellsWhatWouldRun)
{
    using kind = stores::redis_reply::kind;
    EXPECT_EQ(would_run(reply(kind::status, "QUEUED")), true);
    EXPECT_EQ(would_run(reply(kind::error, "NOPERM this user has no permissions")), false);
    EXPECT_EQ(would_run(reply(kind::error, "ERR unknown command 'FUNCTION'")), std::nullopt);
}

TEST(CacheTenantCredentials, PutsCredentialsIntoTheStoresUrl)
{
    EXPECT_EQ(with_credentials("redis://default:x@h:6379/0", "a", "b"), "redis://a:b@h:6379/0");
    EXPECT_EQ(with_credentials("redis://h:6379", "a", "b"), "redis://a:b@h:6379");
    EXPECT_EQ(with_credentials("unix:///run/redis", "a", "b"), "");
    EXPECT_EQ(with_credentials("redis://h:6379", "", ""), "");
}

TEST(CacheTenantCredentials, KnowsHowAChannelIsCome)
{
    using list = std::vector<std::string>;
    EXPECT_EQ(patterns_for("events:bob:7"), (list{"events:bob:7", "events:bob:*"}));
    EXPECT_EQ(patterns_for("events"), (list{"events"}));
}

} // namespace watertight::probes::cache::tenant_credentials
