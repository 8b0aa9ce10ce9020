#include "probes/lifecycle/plan_change/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::plan_change {

using namespace testing;

static trial note(std::string after)
{
    trial t;
    t.before = answer(alice, 200, {alice}, R"({"name":"zq7kalice","at":1})");
    t.again = answer(alice, 200, {alice}, R"({"name":"zq7kalice","at":2})");
    t.after = answer(alice, 200, {}, std::move(after));
    return t;
}

static change with(trial t)
{
    change c;
    c.tenant = alice;
    c.from = "free";
    c.to = "pro";
    c.done = answer(alice, 200);
    c.reads = {std::move(t)};
    c.meanwhile = {answer(alice, 200), answer(alice, 200), answer(alice, 200)};
    return c;
}

TEST(LifecyclePlanChange, PassesDataThatStays)
{
    auto const c = judge({with(note(R"({"name":"zq7kalice","at":9})"))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(LifecyclePlanChange, CatchesDataThatIsAnother)
{
    EXPECT_EQ(judge({with(note(R"({"name":"","at":9})"))}).violations.size(), 1U);
}

TEST(LifecyclePlanChange, CatchesAnObjectThatIsGone)
{
    auto t = note("");
    t.after = answer(alice, 404);
    auto const c = judge({with(t)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
}

TEST(LifecyclePlanChange, CatchesAListThatHasBecomeShorter)
{
    auto t = note("[]");
    t.is_list = true;
    EXPECT_EQ(judge({with(t)}).violations.size(), 1U);
}

TEST(LifecyclePlanChange, CatchesAnInterruption)
{
    auto c = with(note(R"({"name":"zq7kalice","at":9})"));
    c.meanwhile = {answer(alice, 503), answer(alice, 503), answer(alice, 200)};
    auto const judged = judge({c});
    ASSERT_EQ(judged.violations.size(), 1U);
    EXPECT_EQ(judged.violations[0].kind, evidence::guarantee::service);
}

TEST(LifecyclePlanChange, OneFailureMeanwhileIsNotAPass)
{
    auto c = with(note(R"({"name":"zq7kalice","at":9})"));
    c.meanwhile[0] = answer(alice, 500);
    auto const judged = judge({c});
    EXPECT_TRUE(judged.violations.empty());
    EXPECT_EQ(judged.undecided.size(), 1U);
}

TEST(LifecyclePlanChange, AChangeThatWasRefusedIsNotAPass)
{
    auto c = with(note("{}"));
    c.done = answer(alice, 409);
    auto const judged = judge({c});
    EXPECT_TRUE(judged.violations.empty());
    EXPECT_EQ(judged.undecided.size(), 1U);
}

} // namespace watertight::probes::lifecycle::plan_change
