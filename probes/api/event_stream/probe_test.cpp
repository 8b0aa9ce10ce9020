#include "probes/api/event_stream/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::event_stream {

using namespace testing;

static trial told(probe::exchange at_first, probe::exchange at_last, bool is_nobody = false)
{
    trial t;
    t.channel = "GET /events";
    t.victim = bob;
    t.victim_was_told = t.intruder_was_told = true;
    t.victims_own = answer(bob, 200, {bob});
    t.others = {{"as itself", is_nobody, std::move(at_first), std::move(at_last)}};
    return t;
}

TEST(ApiEventStream, CatchesAnothersEvent)
{
    auto const c = judge({told(answer(alice, 200), answer(alice, 200, {alice, bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "GET /events");
}

TEST(ApiEventStream, CatchesAHistoryThatIsReplayed)
{
    auto const c = judge({told(answer(alice, 200, {bob}), answer(alice, 200, {bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("on connecting"), std::string::npos);
}

TEST(ApiEventStream, CatchesEventsForNobody)
{
    auto const c = judge({told(answer(alice, 200), answer(alice, 200, {bob}), true)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_FALSE(c.violations[0].intruder);
}

TEST(ApiEventStream, CatchesARemovalThatEverybodyIsToldOf)
{
    auto t = told(answer(alice, 200), answer(alice, 200, {alice}));
    t.others[0].at_end = answer(alice, 200, {alice, bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("removed"), std::string::npos);
}

TEST(ApiEventStream, ASubscriptionThatWasRefusedIsNotAPass)
{
    auto t = told(answer(alice, 200), answer(alice, 200));
    t.trouble = "POST /live: 400 Bad Request, 10 bytes";
    auto const c = judge({t});
    ASSERT_EQ(c.undecided.size(), 1U);
    EXPECT_NE(c.undecided[0].find("POST /live"), std::string::npos);
}

TEST(ApiEventStream, PassesOwnEventsAndRefusedHandshakes)
{
    auto t = told(answer(alice, 200), answer(alice, 200, {alice}));
    t.others.push_back({"without credentials", true, answer(alice, 401), answer(alice, 401)});
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiEventStream, AStreamThatTellsNothingIsNotAPass)
{
    auto t = told(answer(alice, 200), answer(alice, 200));
    t.victim_was_told = false;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiEventStream, AnIntruderWhoHearsNothingIsNotAPass)
{
    auto t = told(answer(alice, 200), answer(alice, 200));
    t.intruder_was_told = false;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::api::event_stream
