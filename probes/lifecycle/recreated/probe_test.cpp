#include "probes/lifecycle/recreated/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::recreated {

using namespace testing;

static trial after(probe::exchange heirs_view, probe::exchange formers_view)
{
    trial t;
    t.former = alice;
    t.heir = bob;
    t.before = {answer(alice, 200, {alice})};
    t.inherited = {std::move(heirs_view)};
    t.returned = {std::move(formers_view)};
    return t;
}

TEST(LifecycleRecreated, PassesAnEmptyNewTenant)
{
    auto const c = judge({after(answer(bob, 200, {}, "[]"), answer(alice, 401))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(LifecycleRecreated, CatchesDataOfTheFormerTenant)
{
    auto const c = judge({after(answer(bob, 200, {alice}), answer(alice, 401))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(LifecycleRecreated, CatchesCredentialsThatOutliveTheTenant)
{
    auto const c = judge({after(answer(bob, 200, {}, "[]"), answer(alice, 200, {bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(LifecycleRecreated, PassesAFormerSessionThatIsNotAnswered)
{
    EXPECT_TRUE(judge({after(answer(bob, 200), unanswered(alice))}).violations.empty());
}

TEST(LifecycleRecreated, WithoutAControlItIsNotAPass)
{
    auto t = after(answer(bob, 200, {alice}), answer(alice, 401));
    t.before = {answer(alice, 404)};
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(LifecycleRecreated, AFailedRemovalIsNotAPass)
{
    trial t;
    t.failure = "the tenant could not be removed";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::lifecycle::recreated
