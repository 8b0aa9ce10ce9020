#include "probes/identity/on_behalf/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::identity::on_behalf {

using namespace testing;

static trial with(probe::exchange hostile)
{
    trial t;
    t.channel = "identity header X-On-Behalf-Of";
    t.how = "with the header X-On-Behalf-Of: bob";
    t.victim = bob;
    t.victims = answer(bob, 200, {bob});
    t.own = answer(alice, 200, {alice});
    t.open = answer(alice, 401);
    t.hostile = std::move(hostile);
    return t;
}

TEST(IdentityOnBehalf, CatchesAHeaderThatIsBelieved)
{
    auto const c = judge({with(answer(alice, 200, {bob}))}, {});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "identity header X-On-Behalf-Of");
}

TEST(IdentityOnBehalf, CatchesAProxysWordFromNobody)
{
    auto t = with(answer(alice, 200, {bob}));
    t.is_nobody = true;
    auto const c = judge({t}, {});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_FALSE(c.violations[0].intruder);
}

TEST(IdentityOnBehalf, CatchesASessionInAStrangersName)
{
    auto t = with(answer(alice, 200, {bob}));
    t.asked = answer(alice, 201);
    auto const c = judge({t}, {});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].exchanges.size(), 3U);
}

TEST(IdentityOnBehalf, PassesAHeaderThatChangesNothing)
{
    control const c{true, answer(alice, 201), answer(alice, 200, {alice})};
    auto const done = judge({with(answer(alice, 200, {alice})), with(answer(alice, 403))}, c);
    EXPECT_TRUE(done.violations.empty());
    EXPECT_TRUE(done.undecided.empty());
    EXPECT_EQ(done.trials, 3U);
}

// What anybody is shown is no secret.
TEST(IdentityOnBehalf, PassesWhatIsOpenToAll)
{
    auto t = with(answer(alice, 200, {bob}));
    t.is_nobody = true;
    t.open = answer(alice, 200, {bob});
    EXPECT_TRUE(judge({t}, {}).violations.empty());
}

TEST(IdentityOnBehalf, AWayThatDoesNotWorkForOnesOwnIsNotAPass)
{
    control const c{true, answer(alice, 403), {}};
    auto const done = judge({with(answer(alice, 200, {alice}))}, c);
    EXPECT_EQ(done.undecided.size(), 1U);
}

TEST(IdentityOnBehalf, AVictimWithoutACanaryIsNotAPass)
{
    auto t = with(answer(alice, 200, {alice}));
    t.victims = answer(bob, 200);
    auto const done = judge({t}, {});
    EXPECT_EQ(done.trials, 0U);
    EXPECT_EQ(done.undecided.size(), 1U);
}

TEST(IdentityOnBehalfClaims, NameTheUserInEveryWayThatIsKnown)
{
    target::tenant t;
    t.attributes.set("id", "T");
    target::actor user;
    user.attributes.set("id", "U");
    user.attributes.set("email", "u@x.y");
    auto const all = claims_about(t, user);
    auto const has = [&](char const* name, char const* value) {
        return std::ranges::any_of(all, [&](claim const& c) {
            return c.name == name && c.value == value;
        });
    };
    EXPECT_TRUE(has("X-On-Behalf-Of", "U"));
    EXPECT_TRUE(has("X-Forwarded-User", "u@x.y"));
    EXPECT_TRUE(has("X-Act-As-Tenant", "T"));
}

} // namespace watertight::probes::identity::on_behalf
