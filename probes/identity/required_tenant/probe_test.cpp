#include "probes/identity/required_tenant/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::required_tenant {

using namespace testing;

static trial with(probe::exchange control, probe::exchange nameless)
{
    trial t;
    t.channel = "identity header X missing on GET /things";
    t.control = std::move(control);
    t.nameless = std::move(nameless);
    return t;
}

TEST(IdentityRequiredTenant, CatchesAnswersWithAnothersData)
{
    auto const c = judge({with(answer(alice, 200, {alice}), answer(alice, 200, {bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].level, evidence::severity::critical);
}

TEST(IdentityRequiredTenant, CatchesARequestThatIsServedAllTheSame)
{
    auto const c = judge({with(answer(alice, 200, {alice}), answer(alice, 200, {alice}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, std::nullopt);
}

TEST(IdentityRequiredTenant, PassesRefusals)
{
    auto const c = judge(
        {with(answer(alice, 200, {alice}), answer(alice, 400)),
         with(answer(alice, 200, {alice}), answer(alice, 403))}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityRequiredTenant, CatchesAWriteThatLandsInAnotherTenant)
{
    auto t = with(answer(alice, 200, {alice}), answer(alice, 201));
    t.is_required = false;
    t.planted = "zq7kplanted";
    t.foreign_views = {answer(bob, 200, {bob}, "zq7kbob zq7kplanted")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(IdentityRequiredTenant, CatchesADefaultTenantsList)
{
    auto t = with(answer(alice, 200, {alice}), answer(alice, 200, {}, R"([{"id":1}])"));
    t.lists_items = true;
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(IdentityRequiredTenant, PassesNothingFoundAndWhatTheCredentialsSay)
{
    auto const nothing = with(answer(alice, 200, {alice}), answer(alice, 200, {}, "[]"));
    auto optional = with(answer(alice, 200, {alice}), answer(alice, 200, {alice}));
    optional.is_required = false;
    auto const c = judge({nothing, optional});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityRequiredTenant, ARefusalOfEverythingIsNotAPass)
{
    EXPECT_EQ(judge({with(answer(alice, 403), answer(alice, 403))}).undecided.size(), 1U);
}

TEST(IdentityRequiredTenant, AFailureIsNotAPass)
{
    EXPECT_EQ(judge({with(answer(alice, 200, {alice}), unanswered(alice))}).undecided.size(), 1U);
}

} // namespace watertight::probes::identity::required_tenant
