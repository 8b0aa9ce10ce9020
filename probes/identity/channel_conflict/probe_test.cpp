#include "probes/identity/channel_conflict/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::channel_conflict {

using namespace testing;

// Alice's credentials, Bob's name.
static trial sound()
{
    trial t;
    t.channel = "identity header X-Tenant-ID vs token";
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.hostile = answer(alice, 403);
    return t;
}

TEST(IdentityChannelConflict, CatchesTheNamedTenantsData)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "identity header X-Tenant-ID vs token");
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(IdentityChannelConflict, CatchesAWriteIntoTheNamedTenant)
{
    auto t = sound();
    t.hostile = answer(alice, 201);
    t.planted = "zq7kplanted";
    t.victims_views = {answer(bob, 200, {bob}, "zq7kbob zq7kplanted")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(IdentityChannelConflict, PassesARefusalAndTheCredentialsOwnData)
{
    auto ignored = sound();
    ignored.hostile = answer(alice, 200, {alice});
    auto const c = judge({sound(), ignored});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityChannelConflict, CatchesAHeaderThatNobodyDescribed)
{
    auto t = sound();
    t.is_guess = true;
    t.hostile = answer(alice, 200, {bob});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
    t.hostile = answer(alice, 500);
    EXPECT_TRUE(judge({t}).undecided.empty());
}

TEST(IdentityChannelConflict, AnOwnerThatSeesNothingIsNotAPass)
{
    auto t = sound();
    t.control = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::identity::channel_conflict
