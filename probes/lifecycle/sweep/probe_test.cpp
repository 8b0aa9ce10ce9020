#include "probes/lifecycle/sweep/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::sweep {

using namespace testing;

static look shown(tenant_index who, std::vector<tenant_index> const& of, std::string body)
{
    return {answer(who, 200, {}, R"(["old"])"), answer(who, 200, of, std::move(body))};
}

static trial with(look alices, look bobs)
{
    trial t;
    t.name = "digests";
    t.channel = "GET /digests";
    t.run = answer(alice, 200);
    t.looks = {std::move(alices), std::move(bobs)};
    return t;
}

TEST(LifecycleSweep, CatchesAnothersPartOfIt)
{
    auto const c =
        judge({with(shown(alice, {alice, bob}, R"(["old","a","b"])"), shown(bob, {}, R"(["old"])"))}
        );
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(LifecycleSweep, CatchesATenantThatIsLeftOut)
{
    auto const c =
        judge({with(shown(alice, {alice}, R"(["old","a"])"), shown(bob, {}, R"(["old"])"))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(LifecycleSweep, PassesWhenEachIsShownItsOwnPart)
{
    auto const c =
        judge({with(shown(alice, {alice}, R"(["old","a"])"), shown(bob, {bob}, R"(["old","b"])"))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(LifecycleSweep, WorkThatLeavesNothingIsNotAPass)
{
    auto const c = judge({with(shown(alice, {}, R"(["old"])"), shown(bob, {}, R"(["old"])"))});
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(LifecycleSweep, WorkThatCannotBeSetGoingIsNotAPass)
{
    auto t = with(shown(alice, {}, R"(["old"])"), shown(bob, {}, R"(["old"])"));
    t.run = answer(alice, 403);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::lifecycle::sweep
