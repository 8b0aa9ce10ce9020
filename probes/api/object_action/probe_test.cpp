#include "probes/api/object_action/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::object_action {

using namespace testing;

static probe::exchange view(std::string const& state)
{
    return answer(bob, 200, {bob}, R"({"name":"zq7kbob","state":")" + state + R"("})");
}

static side seen(std::string const& before, std::string const& after, probe::exchange action)
{
    side s;
    s.before = {view(before)};
    s.before_again = {view(before)};
    s.after = {view(after)};
    s.action = std::move(action);
    s.tokens = {"zq7kbob", "0", "7"};
    return s;
}

// Bob publishes an object of his own; Alice tries to publish another one of his.
static trial sound()
{
    trial t;
    t.own = seen("draft", "published", answer(bob, 200));
    t.hostile = seen("draft", "draft", answer(alice, 404));
    t.idle = seen("draft", "draft", {});
    t.absent = answer(alice, 404);
    t.first_list = 1;
    t.way = "by the victim's path";
    return t;
}

TEST(ApiObjectAction, CatchesTheOwnersEffectOfTheIntrudersAction)
{
    auto t = sound();
    t.hostile = seen("draft", "published", answer(alice, 404));
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiObjectAction, CatchesAnObjectThatIsGoneFromTheList)
{
    auto t = sound();
    t.first_list = 0;
    auto const listed = answer(bob, 200, {bob}, R"({"items":[{"id":7,"name":"zq7kbob"}]})");
    auto const empty = answer(bob, 200, {}, R"({"items":[]})");
    t.own.before = t.own.before_again = t.hostile.before = t.hostile.before_again = {listed};
    t.own.after = {empty};
    t.hostile.after = {listed};
    t.idle.before = t.idle.before_again = t.idle.after = {listed};
    EXPECT_TRUE(judge({t}).violations.empty());
    EXPECT_EQ(judge({t}).trials, 1U);

    t.hostile.after = {empty};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiObjectAction, CatchesTheIntrudersCanaryInTheVictimsObject)
{
    auto t = sound();
    t.hostile.planted = "zq7kplanted";
    t.hostile.after = {answer(bob, 200, {bob}, R"({"name":"zq7kbob","note":"zq7kplanted"})")};
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_EQ(judge({t}).violations[0].token, "zq7kplanted");
}

TEST(ApiObjectAction, CatchesForeignDataInTheAnswer)
{
    auto t = sound();
    t.hostile.action = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::confidentiality);
}

TEST(ApiObjectAction, CatchesAnAcceptedActionWithoutATrace)
{
    auto t = sound();
    t.own = seen("draft", "draft", answer(bob, 202, {}, R"({"queued":true})"));
    t.hostile.action = answer(alice, 202, {}, R"({"queued":true})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].level, evidence::severity::medium);
}

TEST(ApiObjectAction, PassesWhenTheIntruderIsRefused)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

// The status says yes, the object says no.
TEST(ApiObjectAction, PassesWhenASuccessHasNoEffect)
{
    auto t = sound();
    t.hostile.action = answer(alice, 200);
    EXPECT_TRUE(judge({t}).violations.empty());
    EXPECT_EQ(judge({t}).trials, 1U);
}

// What is processed after its creation changes whoever asks.
TEST(ApiObjectAction, PassesWhenTheSameChangesWhereNobodyActed)
{
    auto t = sound();
    t.hostile = seen("new", "published", answer(alice, 404));
    t.idle = seen("new", "published", {});
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiObjectAction, PassesWhenEverybodyIsAnsweredAlike)
{
    auto t = sound();
    t.own = seen("draft", "draft", answer(bob, 202, {}, R"({"queued":true})"));
    t.hostile.action = t.absent = answer(alice, 202, {}, R"({"error":"nothing found"})");
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiObjectAction, AnActionThatTheOwnerCannotCarryOutIsNotAPass)
{
    auto t = sound();
    t.own.action = answer(bob, 409);
    EXPECT_EQ(judge({t}).trials, 0U);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiObjectAction, AnActionThatChangesNothingToBeSeenIsNotAPass)
{
    auto t = sound();
    t.own = seen("draft", "draft", answer(bob, 200));
    t.hostile.action = t.absent = answer(alice, 200);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiObjectAction, AThrottledIntruderIsNotAPass)
{
    auto t = sound();
    t.hostile.action = answer(alice, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

// Alice's invitation, accepted in Bob's place.
static carried sound_carried()
{
    carried t;
    t.canary = "zq7kalice";
    t.before = t.after = {answer(bob, 200, {bob})};
    t.hostile = answer(alice, 404);
    return t;
}

static probe::conclusion judged(carried const& t)
{
    probe::conclusion out;
    judge_carried({t}, out);
    return out;
}

TEST(ApiObjectAction, CatchesALinkThatIsNotBoundToItsTenant)
{
    auto t = sound_carried();
    t.after = {answer(bob, 200, {bob}, R"(["zq7kbob","zq7kalice"])")};
    auto const c = judged(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// A list that shows everybody's objects anyway is another probe's finding.
TEST(ApiObjectAction, PassesWhenTheLinkStaysWhereItBelongs)
{
    EXPECT_TRUE(judged(sound_carried()).violations.empty());
    auto open = sound_carried();
    open.before = open.after = {answer(bob, 200, {}, R"(["zq7kalice"])")};
    EXPECT_TRUE(judged(open).violations.empty());
}

} // namespace watertight::probes::api::object_action
