#include "probes/lifecycle/suspension/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::suspension {

using namespace testing;

static trial in(char const* state, probe::exchange after)
{
    trial t;
    t.state = state;
    t.way = "notes.list as owner";
    t.before = answer(alice, 200, {alice});
    t.changed = answer(alice, 200);
    t.after = std::move(after);
    return t;
}

TEST(LifecycleSuspension, PassesRefusalsAndAReturn)
{
    auto const c = judge(
        {in("suspended", answer(alice, 403)),
         in("reactivated", answer(alice, 200, {alice})),
         in("cancelled", answer(alice, 200, {}, R"({"items":[]})"))}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 3U);
}

TEST(LifecycleSuspension, CatchesASuspendedTenantThatIsServed)
{
    auto const c = judge({in("suspended", answer(alice, 200, {alice}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].channel, "GET /things/{id}");
}

TEST(LifecycleSuspension, CatchesACancelledTenantThatIsServed)
{
    EXPECT_EQ(judge({in("cancelled", answer(alice, 200, {alice}))}).violations.size(), 1U);
}

TEST(LifecycleSuspension, CatchesATenantThatDoesNotComeBack)
{
    EXPECT_EQ(judge({in("reactivated", answer(alice, 403))}).violations.size(), 1U);
}

TEST(LifecycleSuspension, AFailureIsNotAPass)
{
    auto const c = judge({in("suspended", answer(alice, 503))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(LifecycleSuspension, AStateThatDidNotChangeIsNotAPass)
{
    auto t = in("suspended", answer(alice, 200, {alice}));
    t.changed = answer(alice, 404);
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(LifecycleSuspension, AReadThatShowedNothingIsNotAPass)
{
    auto t = in("suspended", answer(alice, 403));
    t.before = answer(alice, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::lifecycle::suspension
