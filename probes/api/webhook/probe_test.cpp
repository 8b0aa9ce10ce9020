#include "probes/api/webhook/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::webhook {

using namespace testing;

static subscription told(tenant_index who, std::vector<tenant_index> const& of)
{
    subscription s;
    s.how = "as itself";
    s.asked = answer(who, 201);
    s.delivered = answer(who, 201, of);
    s.was_told = s.was_told_again = true;
    return s;
}

// Bob is the victim; Alice subscribes as well.
static trial with(subscription intruders)
{
    trial t;
    t.channel = "POST /webhooks";
    t.victim = bob;
    t.intruder = alice;
    t.victims = told(bob, {bob});
    t.intruders.push_back(std::move(intruders));
    return t;
}

TEST(ApiWebhook, CatchesADeliveryToAnotherTenant)
{
    auto const c = judge({with(told(alice, {alice, bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "POST /webhooks");
}

TEST(ApiWebhook, CatchesASubscriptionInAnothersName)
{
    auto t = with(told(alice, {alice}));
    t.intruders.push_back(told(alice, {bob}));
    t.intruders.back().how = "naming the other tenant";
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("naming the other"), std::string::npos);
}

// Who comes first may be the one whose deliveries go astray to the other.
TEST(ApiWebhook, CatchesWhatTheVictimIsToldOfTheIntruder)
{
    auto t = with(told(alice, {alice}));
    t.victims = told(bob, {bob, alice});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiWebhook, PassesWhenEachIsToldOfItsOwn)
{
    auto const c = judge({with(told(alice, {alice}))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiWebhook, PassesARefusedSubscriptionInAnothersName)
{
    auto t = with(told(alice, {alice}));
    subscription refused;
    refused.asked = refused.delivered = answer(alice, 403);
    t.intruders.push_back(refused);
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiWebhook, ASilentTargetIsNotAPass)
{
    auto t = with(told(alice, {}));
    t.victims.was_told = false;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiWebhook, APromisedSecondAttemptThatDoesNotComeIsNotAPass)
{
    auto t = with(told(alice, {alice}));
    t.expects_retries = true;
    t.victims.was_told_again = false;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiWebhook, ASubscriptionThatIsRefusedIsNotAPass)
{
    auto t = with(told(alice, {alice}));
    t.victims.asked = answer(bob, 422);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiWebhookNaming, AddsTheTenantUnderItsUsualNames)
{
    auto const body = naming(R"({"url":"http://x"})", "7f");
    EXPECT_NE(body.find(R"("tenantId":"7f")"), std::string::npos);
    EXPECT_NE(body.find(R"("organization_id":"7f")"), std::string::npos);
    EXPECT_NE(body.find(R"("url":"http://x")"), std::string::npos);
    EXPECT_EQ(naming("url=x", "7f"), "");
}

} // namespace watertight::probes::api::webhook
