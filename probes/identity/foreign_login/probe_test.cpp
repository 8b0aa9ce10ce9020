#include "probes/identity/foreign_login/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::foreign_login {

using namespace testing;

static trial sound()
{
    trial t;
    t.channel = "log-in at another tenant as owner";
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.works_at_home = true;
    t.session = answer(alice, 401);
    return t;
}

TEST(IdentityForeignLogin, CatchesASessionThatShowsTheVictimsData)
{
    auto t = sound();
    t.session = answer(alice, 200);
    t.seen = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(IdentityForeignLogin, PassesRefusalsAndSessionsOfTheUsersOwnTenant)
{
    auto ignored = sound();
    ignored.session = answer(alice, 200);
    ignored.seen = answer(alice, 200, {alice});
    auto const c = judge({sound(), ignored});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityForeignLogin, AUserWhoNeverGetsInIsNotAPass)
{
    auto t = sound();
    t.works_at_home = false;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(IdentityForeignLogin, AVictimThatSeesNothingIsNotAPass)
{
    auto t = sound();
    t.control = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(IdentityForeignLogin, NamesATenantByIdOrSlugAsTheMemberSays)
{
    EXPECT_EQ(
        naming(R"({"refresh":"r"})", {"org_id", "tenant"}, {"17", "acme"}),
        R"({"org_id":17,"refresh":"r","tenant":"acme"})"
    );
    EXPECT_EQ(naming("{}", {"orgId"}, {"17", "acme", true}), R"({"orgId":"17"})");
    EXPECT_EQ(naming("refresh=r", {"orgId"}, {"17", "acme"}), "");
}

} // namespace watertight::probes::identity::foreign_login
