#include "probes/api/twin_numbers/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::twin_numbers {

using namespace testing;

// Alice removes her 7; Bob has a 7, too.
static trial sound()
{
    trial t;
    t.did = "removed";
    t.victim = bob;
    t.what = "one of its notes";
    t.hostile = answer(alice, 204);
    t.kept = {"zq7kkept", 0};
    t.written = {"zq7kwritten", 0};
    t.before = t.after = answer(bob, 200, {}, "zq7kkept");
    return t;
}

TEST(ApiTwinNumbers, CatchesWhatIsGone)
{
    auto t = sound();
    t.after = answer(bob, 404);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_NE(c.violations[0].detail.find("one of its notes is gone"), std::string::npos);
    t.after = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiTwinNumbers, CatchesWhatWasWrittenOver)
{
    auto t = sound();
    t.after = answer(bob, 200, {}, "zq7kwritten");
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_NE(judge({t}).violations[0].detail.find("shows what was written"), std::string::npos);
}

TEST(ApiTwinNumbers, PassesWhatStaysAsItIs)
{
    EXPECT_TRUE(judge({sound()}).violations.empty());
    EXPECT_EQ(judge({sound()}).trials, 1U);
}

TEST(ApiTwinNumbers, AWriteThatFailsOrAnOwnerThatSeesNothingIsNotAPass)
{
    auto failing = sound();
    failing.hostile = answer(alice, 403);
    EXPECT_EQ(judge({failing}).undecided.size(), 1U);
    auto blind = sound();
    blind.before = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({blind}).undecided.size(), 1U);
    auto broken = sound();
    broken.after = answer(bob, 503);
    EXPECT_TRUE(judge({broken}).violations.empty());
    EXPECT_EQ(judge({broken}).undecided.size(), 1U);
}

} // namespace watertight::probes::api::twin_numbers
