#include "harness/drill/timeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::drill {

static constexpr auto start = steady::time_point{} + 100s;

static answer good(std::chrono::nanoseconds at)
{
    return {tenant_index{0}, true, start + at, start + at + 10ms};
}

static answer bad(std::chrono::nanoseconds at)
{
    return {tenant_index{0}, false, start + at, start + at + 10ms};
}

static span_of_time between(std::chrono::nanoseconds begin, std::chrono::nanoseconds end)
{
    return {start + begin, start + end};
}

TEST(DrillRecovery, WithoutABadAnswerTheServiceWasBackAtOnce)
{
    std::vector<answer> const answers{bad(0s), good(1s), good(2s), good(3s)};

    auto const r = find_recovery(answers, start + 1s, 3);

    EXPECT_TRUE(r.recovered);
    EXPECT_FALSE(r.last_bad);
    EXPECT_EQ(r.back, start + 1s);
}

TEST(DrillRecovery, CountsFromTheFirstGoodAnswerAfterTheLastBadOne)
{
    std::vector<answer> const answers{good(1s), bad(2s), good(3s), bad(4s), good(5s), good(6s)};

    auto const r = find_recovery(answers, start + 1s, 2);

    EXPECT_TRUE(r.recovered);
    EXPECT_EQ(r.last_bad, start + 4s + 10ms);
    EXPECT_EQ(r.back, start + 5s + 10ms);
}

TEST(DrillRecovery, TooFewGoodAnswersInARowAreNoRecovery)
{
    std::vector<answer> const answers{good(1s), good(2s), good(3s), bad(4s), good(5s), good(6s)};

    EXPECT_FALSE(find_recovery(answers, start, 3).recovered);
}

TEST(DrillRecovery, RequestsSentBeforeTheRollbackEndedDoNotCount)
{
    answer late_failure = bad(0s);
    late_failure.finished = start + 20s;
    std::vector<answer> const answers{good(11s), good(12s), late_failure};

    auto const r = find_recovery(answers, start + 10s, 2);

    EXPECT_TRUE(r.recovered);
    EXPECT_FALSE(r.last_bad);
}

TEST(DrillRecovery, SilenceIsNoRecovery)
{
    EXPECT_FALSE(find_recovery({}, start, 1).recovered);
}

static events whole_drill()
{
    events e;
    e.run_start = start;
    e.forward = between(3s, 5s);
    e.injection = between(5s, 6s);
    e.detected = start + 8s;
    e.detection_note = "error rate";
    e.execution = between(9s, 20s);
    e.back = recovery{true, start + 21s, start + 22s};
    e.recovery_end = start + 25s;
    e.verification = between(25s, 26s);
    return e;
}

static budgets execution_within(std::chrono::nanoseconds limit)
{
    budgets out;
    out.execution = limit;
    return out;
}

static verdict::drill_phase
find(std::vector<verdict::drill_phase> const& all, std::string_view name)
{
    auto const it = std::ranges::find(all, name, &verdict::drill_phase::name);
    return it != all.end() ? *it : verdict::drill_phase{};
}

TEST(DrillTimeline, MeasuresEachPhaseFromEventToEvent)
{
    struct row {
        char const* name;
        double started_s;
        double duration_s;
    };
    static constexpr row expected[] = {
        {"forward", 3, 2},
        {"injection", 5, 1},
        {"detection", 6, 2},
        {"decision", 8, 1},
        {"execution", 9, 11},
        {"recovery", 20, 2},
        {"verification", 25, 1},
    };

    auto const phases = timeline(whole_drill(), {});

    ASSERT_EQ(phases.size(), std::size(expected));
    for (std::size_t i = 0; i < phases.size(); ++i) {
        EXPECT_EQ(phases[i].name, expected[i].name);
        EXPECT_DOUBLE_EQ(phases[i].started_s, expected[i].started_s) << phases[i].name;
        EXPECT_DOUBLE_EQ(phases[i].duration_s, expected[i].duration_s) << phases[i].name;
        EXPECT_FALSE(phases[i].budget_s) << phases[i].name;
        EXPECT_TRUE(phases[i].within_budget) << phases[i].name;
    }
}

TEST(DrillTimeline, ABudgetIsKeptToTheInstant)
{
    auto const kept = find(timeline(whole_drill(), execution_within(11s)), "execution");
    EXPECT_EQ(kept.budget_s, 11.0);
    EXPECT_TRUE(kept.within_budget);

    auto const exceeded = find(timeline(whole_drill(), execution_within(11s - 1ms)), "execution");
    EXPECT_FALSE(exceeded.within_budget);
}

TEST(DrillTimeline, EveryBudgetIsThatOfItsOwnPhase)
{
    budgets const limits{
        .detection = 1s, .decision = 999ms, .execution = 1h, .recovery = 1s, .verification = 1h};

    auto const phases = timeline(whole_drill(), limits);

    EXPECT_FALSE(find(phases, "detection").within_budget);
    EXPECT_FALSE(find(phases, "decision").within_budget);
    EXPECT_TRUE(find(phases, "execution").within_budget);
    EXPECT_FALSE(find(phases, "recovery").within_budget);
    EXPECT_TRUE(find(phases, "verification").within_budget);
}

TEST(DrillTimeline, WithoutInjectionDetectionCountsFromTheForwardSteps)
{
    auto e = whole_drill();
    e.injection.reset();

    auto const phases = timeline(e, {});

    EXPECT_DOUBLE_EQ(find(phases, "detection").duration_s, 3);
    EXPECT_TRUE(find(phases, "injection").name.empty());
}

TEST(DrillTimeline, NotRecoveredExceedsTheBudgetHoweverLongItWaited)
{
    auto e = whole_drill();
    e.back = recovery{false, start + 24s, start + 20s};

    budgets limits;
    limits.recovery = 5s;

    auto const phase = find(timeline(e, limits), "recovery");

    EXPECT_EQ(phase.note, "not recovered");
    EXPECT_DOUBLE_EQ(phase.duration_s, 5);
    EXPECT_FALSE(phase.within_budget);
}

TEST(DrillTimeline, AnInterruptedDrillShowsWhatItDid)
{
    events e;
    e.run_start = start;
    e.forward = between(3s, 5s);
    e.execution = between(6s, 7s);

    auto const phases = timeline(e, {});

    ASSERT_EQ(phases.size(), 2U);
    EXPECT_EQ(phases[0].name, "forward");
    EXPECT_EQ(phases[1].name, "execution");
    EXPECT_TRUE(timeline({}, {}).empty());
}

static answer of_tenant(std::uint32_t tenant, answer a)
{
    a.tenant = tenant_index{tenant};
    a.is_tenants = true;
    return a;
}

static answer of_new_version(answer a)
{
    a.version = version_seen::new_one;
    return a;
}

TEST(DrillRecovery, AGoodAnswerOfTheNewVersionIsNoneOfTheOldOnes)
{
    std::vector<answer> const answers{good(1s), good(2s), of_new_version(good(3s)), good(4s)};

    auto const r = find_recovery(answers, start, 3);

    EXPECT_FALSE(r.recovered);
    EXPECT_EQ(r.last_bad, start + 3s + 10ms);
}

TEST(DrillTenants, EachRecoversByItself)
{
    std::vector<answer> const answers{
        of_tenant(0, bad(1s)),
        of_tenant(1, bad(1s)),
        of_tenant(0, good(11s)),
        of_tenant(1, bad(12s)),
        of_tenant(0, good(13s)),
        of_tenant(1, good(14s)),
        of_tenant(1, good(15s)),
        bad(16s),
    };

    auto const views = view_of_tenants(answers, start, start + 10s, 4);

    // The operator is no tenant.
    ASSERT_EQ(views.size(), 2U);
    EXPECT_EQ(views[0].requests, 3U);
    EXPECT_EQ(views[0].failed, 1U);
    EXPECT_TRUE(views[0].back.recovered);
    EXPECT_FALSE(views[0].back.last_bad);
    EXPECT_EQ(views[1].failed, 2U);
    EXPECT_TRUE(views[1].back.recovered);
    EXPECT_EQ(views[1].back.back, start + 14s + 10ms);
}

// R10: a rollback that leaves some tenants on the new version.
TEST(DrillTenants, OneThatIsServedByTheNewVersionIsNotBack)
{
    std::vector<answer> const answers{
        of_tenant(0, good(11s)),
        of_tenant(1, of_new_version(good(12s))),
        of_tenant(0, good(13s)),
        of_tenant(1, of_new_version(good(14s))),
    };

    auto const views = view_of_tenants(answers, start, start + 10s, 4);

    ASSERT_EQ(views.size(), 2U);
    EXPECT_TRUE(views[0].back.recovered);
    EXPECT_FALSE(views[1].back.recovered);
    EXPECT_EQ(views[1].new_after, 2U);
}

TEST(DrillObjectives, RecoveryTimeGoesFromTheFailureToTheLastBadAnswer)
{
    std::vector<answer> const answers{bad(1s), good(3s), bad(5s), good(6s), bad(8s), good(9s)};

    EXPECT_EQ(recovery_time(answers, start + 2s, start + 4s), 4s + 10ms);
    EXPECT_EQ(recovery_time(answers, start + 2s, std::nullopt), 3s);
    EXPECT_EQ(recovery_time({}, start, start), 0s);
}

TEST(DrillSeries, CountsAnswersInTheirHalfSecond)
{
    auto const series = series_of(std::vector<answer>{good(0s), good(100ms), bad(700ms)}, start);

    ASSERT_EQ(series.size(), 2U);
    EXPECT_DOUBLE_EQ(series[0].at_s, 0);
    EXPECT_EQ(series[0].ok, 2U);
    EXPECT_EQ(series[0].p95_us, 10'000U);
    EXPECT_DOUBLE_EQ(series[1].at_s, 0.5);
    EXPECT_EQ(series[1].failed, 1U);
    EXPECT_TRUE(series_of({}, start).empty());
}

TEST(DrillTimeline, AStoppedRolloutIsDetectedFromItsStage)
{
    auto e = whole_drill();
    e.injection.reset();
    e.stages = between(5s, 7s);
    e.stages_note = "10 %, 50 %: stopped";

    auto const phases = timeline(e, {});

    EXPECT_EQ(find(phases, "stages").note, "10 %, 50 %: stopped");
    EXPECT_DOUBLE_EQ(find(phases, "detection").started_s, 7);
    EXPECT_DOUBLE_EQ(find(phases, "detection").duration_s, 1);
}

} // namespace watertight::drill
