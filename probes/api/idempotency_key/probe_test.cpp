#include "probes/api/idempotency_key/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::idempotency_key {

using namespace testing;

// Bob uses the key first, Alice second.
static trial sound()
{
    trial t;
    t.second_tenant = alice;
    t.first = t.again = answer(bob, 201, {bob});
    t.is_known = true;
    t.canary = "zq7kalice";
    t.hostile = answer(alice, 201, {alice});
    t.views = {answer(alice, 200, {alice})};
    t.control = answer(alice, 201);
    return t;
}

TEST(ApiIdempotencyKey, CatchesTheOthersStoredAnswer)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiIdempotencyKey, CatchesTheOthersCanaryThatTheProbeItselfHadMade)
{
    auto t = sound();
    t.first_canary = "zq7kfirst";
    t.hostile = answer(alice, 201, {}, R"({"name":"zq7kfirst"})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_FALSE(c.violations[0].kind.has_value());
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(ApiIdempotencyKey, CatchesACreationThatWasNotCarriedOut)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {}, R"({"id":7})");
    t.views = {answer(alice, 200, {}, R"({"items":[]})")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

// A tag that is put on an object is answered with the tag, each time and without a canary.
TEST(ApiIdempotencyKey, PassesWhatNobodyCouldTellApart)
{
    auto t = sound();
    t.is_marked = false;
    t.hostile = answer(alice, 201, {}, R"({"id":7})");
    t.views = {answer(alice, 200, {}, R"({"items":[]})")};
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiIdempotencyKey, CatchesAKeyThatIsTaken)
{
    auto t = sound();
    t.hostile = answer(alice, 409);
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiIdempotencyKey, PassesWhenEachTenantHasItsOwnKeys)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiIdempotencyKey, PassesOverATargetThatKnowsNoKeys)
{
    auto t = sound();
    t.is_known = false;
    EXPECT_FALSE(judge({t}).not_applicable.empty());
    EXPECT_TRUE(judge({t}).undecided.empty());
}

TEST(ApiIdempotencyKey, AThrottledRequestIsNotAPass)
{
    auto t = sound();
    t.hostile = answer(alice, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::api::idempotency_key
