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

} // namespace watertight::drill
