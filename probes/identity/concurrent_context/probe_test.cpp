#include "probes/identity/concurrent_context/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::concurrent_context {

using namespace testing;

static sample overlapped(probe::exchange e)
{
    return {std::move(e), true};
}

TEST(IdentityConcurrentContext, CatchesOneForeignAnswerAmongMany)
{
    trial t;
    for (int i = 0; i < 100; ++i) t.answers.push_back(overlapped(answer(alice, 200, {alice})));
    t.answers.push_back(overlapped(answer(alice, 200, {bob})));
    auto const c = judge(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_NE(c.violations[0].detail.find("request 101 of 101"), std::string::npos);
    EXPECT_TRUE(c.notes.empty());
}

TEST(IdentityConcurrentContext, CatchesATenantLeftBehindForNobody)
{
    trial t;
    t.answers = {overlapped(answer(alice, 200, {alice}))};
    t.nobodys = {answer(alice, 401), answer(alice, 200, {alice})};
    auto const c = judge(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_FALSE(c.violations[0].intruder);
}

TEST(IdentityConcurrentContext, CatchesNobodySeeingNowOneTenantNowAnother)
{
    trial t;
    t.answers = {overlapped(answer(alice, 200, {alice}))};
    t.nobodys = {answer(alice, 200, {alice}), answer(bob, 200, {bob})};
    ASSERT_EQ(judge(t).violations.size(), 1U);
}

TEST(IdentityConcurrentContext, CatchesAWriteThatLandedElsewhere)
{
    trial t;
    t.answers = {overlapped(answer(alice, 200, {alice}))};
    t.afterwards = {{answer(alice, 200, {alice, bob}), answer(alice, 200, {bob})}};
    auto const c = judge(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(IdentityConcurrentContext, PassesOwnDataUnderOverlapAndSaysWhatThatExcludes)
{
    trial t;
    for (int i = 0; i < 150; ++i) t.answers.push_back(overlapped(answer(alice, 200, {alice})));
    t.nobodys = {answer(alice, 401), answer(alice, 401)};
    t.afterwards = {{answer(alice, 200, {alice}), {}}};
    auto const c = judge(t);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 150U);
    ASSERT_EQ(c.notes.size(), 1U);
    EXPECT_NE(c.notes[0].find("at most 2 %"), std::string::npos) << c.notes[0];
}

TEST(IdentityConcurrentContext, PassesWhatIsPublic)
{
    trial t;
    t.answers = {overlapped(answer(alice, 200, {alice}))};
    // Shown to everybody, until a limit on anonymous requests cuts in.
    t.nobodys = {
        answer(alice, 200, {alice, bob}), answer(alice, 200, {bob, alice}), answer(alice, 403)};
    EXPECT_TRUE(judge(t).violations.empty());
}

TEST(IdentityConcurrentContext, PassesOverListsThatLeakAloneWhenLookingForLandedWrites)
{
    trial t;
    t.alone = {answer(alice, 200, {alice, bob})};
    t.answers = {overlapped(answer(alice, 200, {alice}))};
    t.afterwards = {{answer(alice, 200, {alice, bob}), answer(alice, 200, {bob})}};
    EXPECT_TRUE(judge(t).violations.empty());
}

TEST(IdentityConcurrentContext, TakingTurnsIsNotAPass)
{
    trial t;
    t.answers = {{answer(alice, 200, {alice}), false}, {answer(bob, 200, {bob}), false}};
    EXPECT_EQ(judge(t).undecided.size(), 1U);
}

TEST(IdentityConcurrentContext, AnswersWithoutOwnDataAreNotAPass)
{
    trial t;
    t.answers = {overlapped(answer(alice, 500)), overlapped(answer(bob, 404))};
    EXPECT_EQ(judge(t).undecided.size(), 1U);
}

} // namespace watertight::probes::identity::concurrent_context
