#include "harness/drill/watch.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

// Nobody sleeps here: the tests say what time it is.
static constexpr auto start = steady::time_point{} + 100s;

static answer make(std::chrono::nanoseconds intended, std::chrono::nanoseconds took, bool ok = true)
{
    return {tenant_index{0}, ok, start + intended, start + intended + took};
}

static sliding_window window_of(int good, int bad, std::chrono::nanoseconds took = 5ms)
{
    sliding_window out;
    for (int i = 0; i < good + bad; ++i) out.finished(make(i * 1ms, took, i >= bad));
    return out;
}

static trigger errors_above(double share)
{
    trigger out;
    out.error_rate = share;
    return out;
}

static trigger p95_above(double times_baseline)
{
    trigger out;
    out.p95_times_baseline = times_baseline;
    return out;
}

static std::optional<trip> judge(trigger const& when, sliding_window const& recent)
{
    return evaluate(when, {recent, 10ms, start}, start + 500ms);
}

TEST(DrillWatch, TripsWhenTooManyRequestsFail)
{
    auto const tripped = judge(errors_above(0.05), window_of(90, 10));

    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::error_rate);
    EXPECT_EQ(tripped->why, "error rate of the last second 10.0 % is above 5.0 %");
}

TEST(DrillWatch, KeepsStillAtTheThresholdItself)
{
    EXPECT_FALSE(judge(errors_above(0.10), window_of(90, 10)));
}

TEST(DrillWatch, AFewAnswersAreNoErrorRate)
{
    EXPECT_FALSE(judge(errors_above(0.05), window_of(0, 4)));
    EXPECT_TRUE(judge(errors_above(0.05), window_of(0, 5)));
}

TEST(DrillWatch, FailuresOfLongAgoDoNotCount)
{
    sliding_window recent;
    for (int i = 0; i < 30; ++i) recent.finished(make(i * 1ms, 5ms, false));
    for (int i = 0; i < 30; ++i) recent.finished(make(2s + i * 1ms, 5ms));

    recent.advance(start + 2100ms);

    EXPECT_EQ(recent.answers(), 30U);
    EXPECT_EQ(recent.error_rate(), 0);
}

// At two requests a second, a window of a second would never hold enough to judge.
TEST(DrillWatch, ASlowTrafficIsJudgedByItsLastTwentyAnswers)
{
    sliding_window recent;
    for (int i = 0; i < 50; ++i) recent.finished(make(i * 500ms, 5ms, i < 48));

    recent.advance(start + 25s);

    EXPECT_EQ(recent.answers(), 20U);
    EXPECT_DOUBLE_EQ(recent.error_rate(), 0.1);
}

TEST(DrillWatch, TripsWhenTheP95IsAMultipleOfTheBaselines)
{
    auto const tripped = judge(p95_above(2), window_of(100, 0, 25ms));

    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::latency);
}

TEST(DrillWatch, AP95BelowTheMultipleIsFine)
{
    EXPECT_FALSE(judge(p95_above(2), window_of(100, 0, 19ms)));
}

TEST(DrillWatch, ASchedulersHiccupIsNoSlowTarget)
{
    sliding_window const recent = window_of(100, 0, 9ms);

    EXPECT_FALSE(evaluate(p95_above(2), {recent, 1ms, start}, start + 500ms));
}

TEST(DrillWatch, RequestsThatHangCountBeforeTheyTimeOut)
{
    auto recent = window_of(100, 0);
    for (int i = 0; i < 10; ++i) recent.started(start + 200ms + i * 1ms);

    EXPECT_FALSE(evaluate(p95_above(2), {recent, 10ms, start}, start + 210ms));
    EXPECT_TRUE(evaluate(p95_above(2), {recent, 10ms, start}, start + 400ms));
}

TEST(DrillWatch, RollsBackOnScheduleThoughAllIsWell)
{
    auto when = errors_above(0.05);
    when.after = 2s;
    auto const recent = window_of(100, 0);

    EXPECT_FALSE(evaluate(when, {recent, 10ms, start}, start + 1999ms));
    auto const tripped = evaluate(when, {recent, 10ms, start}, start + 2s);
    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::schedule);
}

TEST(DrillWatch, WithoutATriggerItRollsBackAtOnce)
{
    auto const tripped = judge({}, {});

    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::schedule);
}

TEST(DrillWatch, TheBaselineIsTheP95OfTheGoodAnswers)
{
    std::vector<answer> answers;
    for (int i = 1; i <= 100; ++i) answers.push_back(make(0ms, i * 1ms));
    for (int i = 0; i < 100; ++i) answers.push_back(make(0ms, 5s, false));

    EXPECT_EQ(p95_of(answers), 95ms);
    EXPECT_EQ(p95_of({}), 0ms);
}

TEST(DrillWatch, KnowsTheOldestRequestWithoutAnAnswer)
{
    sliding_window recent;
    recent.started(start + 1s);
    recent.started(start + 2s);
    EXPECT_EQ(recent.oldest_waiting(), start + 1s);

    recent.finished(make(1s, 5ms));
    EXPECT_EQ(recent.oldest_waiting(), start + 2s);

    recent.withdrawn(start + 2s);
    EXPECT_FALSE(recent.oldest_waiting());
}

static answer by_user(std::uint32_t user, std::uint32_t operation, bool ok)
{
    auto a = make(0ms, 5ms, ok);
    a.user = user;
    a.operation = operation;
    return a;
}

// Twenty users, two of whom can no longer write.
static affected_users two_of_twenty()
{
    affected_users out;
    for (int round = 0; round < 2; ++round) {
        for (std::uint32_t user = 0; user < 20; ++user) {
            out.finished(by_user(user, 0, true));
            out.finished(by_user(user, 1, user >= 2));
        }
    }
    return out;
}

TEST(DrillAffected, CountsUsersWithAnOperationThatKeepsFailing)
{
    auto const users = two_of_twenty();
    EXPECT_EQ(users.users(), 20U);
    EXPECT_DOUBLE_EQ(users.share(), 0.1);
}

TEST(DrillAffected, OneFailureIsChance)
{
    affected_users users;
    users.finished(by_user(0, 0, false));
    users.finished(by_user(0, 0, true));
    users.finished(by_user(0, 0, false));
    EXPECT_EQ(users.share(), 0);
}

TEST(DrillAffected, WhatFailedBeforeTheDrillIsNotItsDoing)
{
    auto users = two_of_twenty();
    users.forget_failing();
    EXPECT_EQ(users.share(), 0);

    users.finished(by_user(7, 1, false));
    users.finished(by_user(7, 1, false));
    EXPECT_DOUBLE_EQ(users.share(), 0.05);
}

TEST(DrillWatch, TripsWhenMoreThanAShareOfTheUsersIsAffected)
{
    trigger when;
    when.affected = 0.05;
    sliding_window const recent;
    watch_state state{recent, 10ms, start, 0.05, 20};
    EXPECT_FALSE(cross_threshold(when, state, start));

    state.affected = 0.1;
    auto const tripped = cross_threshold(when, state, start);
    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::affected);
    EXPECT_EQ(tripped->why, "10.0 % of 20 users are affected, above 5.0 %");
}

TEST(DrillWatch, OneLeakIsEnoughWhereItIsWatchedFor)
{
    trigger when;
    sliding_window const recent;
    watch_state state{recent, 10ms, start};
    state.leaks = 1;
    EXPECT_FALSE(cross_threshold(when, state, start));

    when.leak = true;
    auto const tripped = cross_threshold(when, state, start);
    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::leak);
}

TEST(DrillWatch, TripsWhenAnInvariantIsBroken)
{
    sliding_window const recent;
    watch_state state{recent, 10ms, start};
    state.broken = "the sum was \"12\", is \"11\"";

    auto const tripped = cross_threshold({}, state, start);

    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->cause, trip_cause::invariant);
    EXPECT_EQ(tripped->why, state.broken);
}

TEST(DrillWatch, WhereAPersonDecidesNothingElseIsWaitedFor)
{
    trigger when;
    when.manual = true;
    auto const tripped = judge(when, {});
    ASSERT_TRUE(tripped);
    EXPECT_EQ(tripped->why, "nothing is watched: a person decides");
}

} // namespace watertight::drill
