#include "probes/lifecycle/shared_secret/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::shared_secret {

using namespace testing;

TEST(LifecycleSharedSecret, TellsSecretsFromWords)
{
    EXPECT_TRUE(looks_random("whsec_37a8eec1ce19687d132fe29051dca629"));
    EXPECT_FALSE(looks_random("https://example.com/hooks/1234"));
    EXPECT_FALSE(looks_random("order.created.event"));
    EXPECT_FALSE(looks_random("secret"));
}

TEST(LifecycleSharedSecret, CatchesAKeyOfTwoTenants)
{
    auto const c = judge(
        {{alice, "api_key of a member", "k-123456"},
         {bob, "api_key of a member", "k-123456"},
         {bob, "api_key of a owner", "k-123456"}}
    );
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(LifecycleSharedSecret, PassesKeysOfTheirOwn)
{
    auto const c = judge({{alice, "api_key of a member", "k-1"}, {bob, "api_key", "k-2"}});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(LifecycleSharedSecret, PassesOneTenantsUsersWhoShareAKey)
{
    auto const c = judge({{alice, "key", "k-1"}, {alice, "key", "k-1"}, {bob, "key", "k-2"}});
    EXPECT_TRUE(c.violations.empty());
}

TEST(LifecycleSharedSecret, KeysOfOneTenantAloneIsNotAPass)
{
    EXPECT_FALSE(judge({{alice, "api_key", "k-1"}}).not_applicable.empty());
}

TEST(LifecycleSharedSecret, PublicKeysAndTokensAreNoSecretsThatLast)
{
    EXPECT_TRUE(is_lasting_secret("webhookSecret"));
    EXPECT_FALSE(is_lasting_secret("public_key"));
    EXPECT_FALSE(is_lasting_secret("token"));
}

} // namespace watertight::probes::lifecycle::shared_secret
