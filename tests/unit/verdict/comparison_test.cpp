#include "harness/base/random.hpp"
#include "harness/traffic/histogram.hpp"
#include "harness/verdict/comparison.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace watertight;
using namespace watertight::verdict;

static run_result loaded(int p50_ms, std::uint64_t failed)
{
    run_result r;
    r.outcome = overall::passed;
    traffic::histogram h;
    for (int i = -200; i < 200; ++i) h.record(std::chrono::microseconds{p50_ms * 1000 + i * 5});
    r.latency.n = h.count();
    r.latency.hdr = h.encode();
    auto& op = r.operations.emplace_back();
    op.name = "read";
    op.ok = 10'000 - failed;
    op.errors = {{"status_5xx", failed}, {"throttled", 500}};
    op.latency = r.latency;
    auto const share = static_cast<double>(failed) / 10'000;
    r.metrics = {
        {"latency.p50", p50_ms * 1000.0},
        {"latency.read.p95", p50_ms * 1000.0 + 900},
        {"availability", 1 - share},
        {"errors.rate", share},
        {"throughput.achieved", 1'000.0 / p50_ms},
        {"control.own_seen", p50_ms * 7.0}};
    return r;
}

static run_comparison compared(run_result const& a, run_result const& b, double tolerance = 0.05)
{
    return compare({&a, 1}, {&b, 1}, tolerance);
}

static metric_change const& metric(run_comparison const& c, std::string_view name)
{
    return *std::ranges::find(c.metrics, name, &metric_change::name);
}

TEST(Comparison, OfARunWithItselfShowsNothing)
{
    auto const c = compared(loaded(10, 4), loaded(10, 4));
    EXPECT_TRUE(c.regressions.empty());
    EXPECT_EQ(c.notes.size(), 1U) << "one run a side";
    EXPECT_EQ(metric(c, "latency.p50").kind, change_kind::level);
}

TEST(Comparison, CallsALatencyWorseThatItsIntervalShows)
{
    auto const c = compared(loaded(10, 4), loaded(12, 4));
    auto const& m = metric(c, "latency.p50");
    EXPECT_EQ(m.kind, change_kind::worse);
    EXPECT_GT(m.interval->first, 1'500);
    EXPECT_LT(m.interval->second, 2'500);
    EXPECT_EQ(m.basis, "400 and 400 requests");
    EXPECT_EQ(metric(c, "latency.read.p95").kind, change_kind::worse);
    EXPECT_EQ(c.regressions.size(), 2U);
    EXPECT_EQ(
        metric(compared(loaded(12, 4), loaded(10, 4)), "latency.p50").kind, change_kind::better
    );
}

TEST(Comparison, LetsPassWhatIsWithinTheTolerance)
{
    EXPECT_TRUE(compared(loaded(10, 4), loaded(12, 4), 0.25).regressions.empty());
}

TEST(Comparison, SeesAFewMoreFailures)
{
    auto const c = compared(loaded(10, 10), loaded(10, 40));
    EXPECT_EQ(metric(c, "availability").kind, change_kind::worse);
    EXPECT_EQ(metric(c, "errors.rate").kind, change_kind::worse);
    EXPECT_EQ(
        metric(compared(loaded(10, 10), loaded(10, 14)), "availability").kind, change_kind::level
    );
}

// One run has no spread to judge by, and what is neither good nor bad is not judged.
TEST(Comparison, JudgesNoMetricWithoutAnInterval)
{
    auto const c = compared(loaded(10, 4), loaded(20, 4));
    EXPECT_EQ(metric(c, "throughput.achieved").kind, change_kind::open);
    EXPECT_FALSE(metric(c, "throughput.achieved").interval);
    EXPECT_EQ(metric(c, "control.own_seen").kind, change_kind::open);
}

TEST(Comparison, LeavesTheWarmUpOut)
{
    auto a = loaded(10, 4);
    a.metrics["phase.warm.requests"] = a.metrics["phase.steady.requests"] = 9;
    a.phases.resize(2);
    a.phases[0].name = "warm";
    a.phases[0].note = "warm-up, not counted";
    a.phases[1].name = "steady";
    auto const names = compared(a, a).metrics;
    EXPECT_EQ(std::ranges::find(names, "phase.warm.requests", &metric_change::name), names.end());
    EXPECT_NE(std::ranges::find(names, "phase.steady.requests", &metric_change::name), names.end());
}

TEST(Comparison, OfTwoSeriesJudgesByTheRuns)
{
    std::vector const before{loaded(10, 4), loaded(11, 5), loaded(10, 3)};
    std::vector const after{loaded(20, 4), loaded(21, 5), loaded(19, 3)};
    auto const c = compare(before, after, 0.05);
    EXPECT_EQ(metric(c, "throughput.achieved").kind, change_kind::worse);
    EXPECT_EQ(metric(c, "throughput.achieved").basis, "3 and 3 runs");
    EXPECT_EQ(metric(c, "control.own_seen").kind, change_kind::level);
    EXPECT_EQ(metric(c, "availability").kind, change_kind::level);
}

// Two hundred metrics of two series from one source: a few leave their own intervals, none is
// judged by that.
TEST(Comparison, IsNotMisledByTheNumberOfMetrics)
{
    rng random{7, 7};
    std::vector<run_result> sides[2];
    for (auto& side : sides) {
        side.resize(4);
        for (auto& r : side) {
            for (int i = 0; i < 200; ++i) {
                auto const noise = static_cast<double>(random.below(1000)) / 1000;
                r.metrics[fmt::format("latency.op{:03}.p95", i)] = 1000 * (1 + noise);
            }
        }
    }
    auto const c = compare(sides[0], sides[1], 0.05);
    auto const outside = std::ranges::count_if(c.metrics, [](metric_change const& m) {
        return m.interval->first > 0 || m.interval->second < 0;
    });
    EXPECT_GT(outside, 2);
    EXPECT_TRUE(c.regressions.empty());
    EXPECT_EQ(usual_tolerance(sides[0], sides[1]), 0.05);
    EXPECT_EQ(usual_tolerance(sides[0], {sides[1].data(), 1}), 0.25);
}

static evidence::finding leak(std::string const& channel)
{
    evidence::finding f;
    f.probe = "api.list";
    f.title = "A list shows what others own";
    f.channel = channel;
    return f;
}

TEST(Comparison, TellsNewGoneAndPersistingFindings)
{
    run_result a, b;
    a.findings = {leak("GET /gone"), leak("GET /stays"), leak("GET /waived")};
    b.findings = {leak("GET /stays"), leak("GET /new"), leak("GET /waived too")};
    a.waived = {{a.findings[2].fingerprint(), "known"}};
    b.waived = {{b.findings[2].fingerprint(), "known"}};
    auto const c = compared(a, b);
    ASSERT_EQ(c.appeared.size(), 1U);
    EXPECT_EQ(c.appeared[0].channel, "GET /new");
    ASSERT_EQ(c.gone.size(), 1U);
    EXPECT_EQ(c.gone[0].channel, "GET /gone");
    EXPECT_EQ(c.persisting.size(), 1U);
    ASSERT_EQ(c.regressions.size(), 1U);
    EXPECT_EQ(
        c.regressions[0], "new finding (info): A list shows what others own; GET /new, api.list"
    );
}

static run_result standing(criterion_status c, probe_status p)
{
    run_result r;
    criterion_outcome criterion;
    criterion.id = "p95";
    criterion.status = c;
    r.criteria = {criterion};
    probe_outcome probe;
    probe.id = "api.list";
    probe.status = p;
    r.probes = {probe};
    return r;
}

TEST(Comparison, CallsWhatIsNoLongerProvedARegression)
{
    auto const good = standing(criterion_status::met, probe_status::pass);
    auto const doubt = standing(criterion_status::inconclusive, probe_status::inconclusive);
    auto const bad = standing(criterion_status::not_met, probe_status::fail);
    EXPECT_EQ(
        compared(good, bad).regressions,
        (std::vector<std::string>{
            "criterion p95 was met and is not met", "probe api.list was pass and is fail"})
    );
    EXPECT_EQ(compared(good, doubt).regressions.size(), 2U);
    EXPECT_EQ(compared(doubt, bad).regressions.size(), 2U);
    EXPECT_TRUE(compared(bad, good).regressions.empty());
    EXPECT_EQ(compared(run_result{}, bad).regressions.size(), 2U);
    EXPECT_TRUE(compared(run_result{}, doubt).regressions.empty());
}

TEST(Comparison, OfARunThatWasNotCarriedOutIsARegression)
{
    run_result b;
    b.outcome = overall::not_run;
    EXPECT_EQ(compared(run_result{}, b).regressions.size(), 1U);
}

TEST(Comparison, NotesWhatMakesTheSidesUnequal)
{
    run_result a, b;
    a.scenario_name = "one";
    b.scenario_name = "two";
    a.probes = standing(criterion_status::met, probe_status::pass).probes;
    auto const c = compared(a, b);
    EXPECT_EQ(
        c.notes,
        (std::vector<std::string>{
            "another scenario: one before, two after",
            "1 probe that passed before did not run after"})
    );
}

// Each metric that criteria may name has its direction, or is known to have none.
TEST(Comparison, KnowsWhichWayIsBetter)
{
    for (auto const& [name, way] : std::map<std::string, direction>{
             {"latency.users.read.p95", direction::lower},
             {"phase.steady.availability", direction::higher},
             {"phase.steady.latency.p95", direction::lower},
             {"phase.steady.requests", direction::neither},
             {"throughput.unsent", direction::lower},
             {"throughput.offered", direction::neither},
             {"probes.api.list.passed", direction::higher},
             {"probes.not_applicable", direction::neither},
             {"findings.waived", direction::neither},
             {"findings.critical", direction::lower},
             {"drill.succeeded", direction::higher},
             {"drill.rto", direction::lower},
             {"coverage.tables_pct", direction::higher},
             {"experiment.cache.latency_change", direction::neither}})
    {
        EXPECT_EQ(better_when(name), way) << name;
    }
}
