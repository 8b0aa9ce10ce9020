#include "harness/verdict/criteria.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using namespace watertight::verdict;

static constexpr auto today = "2026-03-14";

static criterion measured(char const* id, char const* text)
{
    criterion c;
    c.id = id;
    c.require = *requirement::compile(text);
    return c;
}

static probe_outcome probe(char const* id, probe_status status)
{
    probe_outcome p;
    p.id = id;
    p.kind = evidence::guarantee::confidentiality;
    p.status = status;
    p.trials = 7;
    return p;
}

static evidence::finding finding_of(char const* probe)
{
    evidence::finding f;
    f.probe = probe;
    f.kind = evidence::guarantee::confidentiality;
    f.level = evidence::severity::high;
    f.channel = "postgres public.plans";
    return f;
}

static run_result clean_run()
{
    run_result r;
    r.probes = {probe("api.read", probe_status::pass)};
    return r;
}

static run_result leaky_run()
{
    run_result r;
    r.probes = {probe("api.read", probe_status::fail)};
    r.findings = {finding_of("api.read")};
    return r;
}

static std::vector<criterion> const no_leaks{
    measured("isolation", "findings.confidentiality == 0")};

static void judge_by(run_result& r, std::vector<criterion> const& criteria)
{
    judge(r, criteria, {}, {}, {}, today);
}

static void judge_with(run_result& r, waiver w)
{
    judge(r, no_leaks, {std::move(w)}, {}, {}, today);
}

TEST(Judge, PassesARunThatMeetsItsCriteria)
{
    auto r = clean_run();
    judge_by(r, no_leaks);

    EXPECT_EQ(r.outcome, overall::passed);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::met);
    EXPECT_EQ(r.criteria.at(0).n, 7U);
    EXPECT_EQ(r.summary, "1 criterion met, 1 probe passed");
}

TEST(Judge, FailsARunThatMissesACriterion)
{
    auto r = leaky_run();
    judge_by(r, no_leaks);

    EXPECT_EQ(r.outcome, overall::failed);
    EXPECT_EQ(r.criteria.at(0).measured, "findings.confidentiality = 1");
    EXPECT_EQ(r.summary, "1 criterion not met: isolation");
}

TEST(Judge, TakesAnUnmeasuredCriterionAsInconclusiveNeverAsMet)
{
    auto r = clean_run();
    judge_by(r, {measured("p95", "latency.p95 < 500ms")});

    EXPECT_EQ(r.outcome, overall::inconclusive);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::inconclusive);
    EXPECT_EQ(r.criteria.at(0).note, "latency.p95 has no value: no traffic was driven");
}

TEST(Judge, TakesZeroFindingsOfABlindProbeAsInconclusive)
{
    run_result r;
    r.probes = {probe("api.read", probe_status::inconclusive)};
    judge_by(r, no_leaks);

    EXPECT_EQ(r.outcome, overall::inconclusive);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::inconclusive);
}

TEST(Judge, LetsOneInconclusiveProbeMakeTheRunInconclusive)
{
    auto r = clean_run();
    r.probes.push_back(probe("cache.keys", probe_status::inconclusive));
    judge_by(r, no_leaks);

    EXPECT_EQ(r.outcome, overall::inconclusive);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::met);
    EXPECT_EQ(r.summary, "1 probe could not have seen a violation: cache.keys");
}

TEST(Judge, LetsTheGatePassWhatIsInconclusive)
{
    auto r = clean_run();
    r.probes.push_back(probe("cache.keys", probe_status::inconclusive));
    judge(r, no_leaks, {}, {.inconclusive_passes = true}, {}, today);

    EXPECT_EQ(r.outcome, overall::passed);
    EXPECT_NE(r.summary.find("let pass by the gate"), std::string::npos);
}

TEST(Judge, NeverPassesARunThatExaminedNothing)
{
    run_result r;
    judge(r, {}, {}, {.inconclusive_passes = true}, {}, today);

    EXPECT_EQ(r.outcome, overall::inconclusive);
    EXPECT_EQ(r.summary, "nothing was examined");
}

TEST(Judge, PutsFailureAboveDoubt)
{
    auto r = leaky_run();
    r.probes.push_back(probe("cache.keys", probe_status::inconclusive));
    judge_by(r, no_leaks);
    EXPECT_EQ(r.outcome, overall::failed);
}

TEST(Judge, FailsOnAnyFindingWhereNoCriterionSpeaksOfFindings)
{
    auto r = leaky_run();
    judge_by(r, {measured("score", "probes.failed <= 1")});

    EXPECT_EQ(r.outcome, overall::failed);
    ASSERT_EQ(r.criteria.size(), 2U);
    EXPECT_EQ(r.criteria[1].id, "findings");
    EXPECT_EQ(r.criteria[1].status, criterion_status::not_met);
}

TEST(Judge, NamesFindingsThatTheCriteriaAllow)
{
    auto r = leaky_run();
    judge_by(r, {measured("no-critical", "findings.critical == 0")});

    EXPECT_EQ(r.outcome, overall::passed);
    EXPECT_NE(r.summary.find("1 finding that the criteria allow"), std::string::npos);
}

TEST(Judge, FailsAProbeThatFailedWithoutAFinding)
{
    run_result r;
    r.probes = {probe("api.read", probe_status::fail)};
    judge_by(r, no_leaks);

    EXPECT_EQ(r.outcome, overall::failed);
    EXPECT_EQ(r.criteria.at(1).id, "probe api.read");
}

TEST(Judge, TakesErrorsOfTheRunAsDoubt)
{
    auto r = clean_run();
    r.errors = {"redis went away"};
    judge_by(r, no_leaks);
    EXPECT_EQ(r.outcome, overall::inconclusive);
}

TEST(Judge, ComparesWithTheBaseline)
{
    auto r = clean_run();
    r.latency.n = 10;
    r.latency.p95_us = 120'000;
    auto const q = measured("no-regression", "latency.p95 <= 1.1 * baseline.latency.p95");
    auto earlier = clean_run();
    earlier.run_id = "r-7";
    earlier.metrics["latency.p95"] = 100'000;
    judge(r, {q}, {}, {}, earlier, today);

    EXPECT_EQ(r.criteria.at(0).status, criterion_status::not_met);
    EXPECT_EQ(r.metrics.at("baseline.latency.p95"), 100'000);
    ASSERT_TRUE(r.comparison);
    EXPECT_EQ(r.comparison->runs.at(0).run_id, "r-7");
    EXPECT_EQ(r.comparison->tolerance, 0.25);
    ASSERT_EQ(r.comparison->changes.regressions.size(), 1U);
    EXPECT_TRUE(r.comparison->changes.regressions[0].starts_with("criterion no-regression is new"));

    judge(r, {q}, {}, {}, {}, today);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::inconclusive);
    EXPECT_FALSE(r.comparison);
}

TEST(Judge, KeepsARunThatWasInterruptedSo)
{
    auto r = clean_run();
    r.outcome = overall::interrupted;
    judge_by(r, no_leaks);

    EXPECT_EQ(r.outcome, overall::interrupted);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::met);
}

TEST(Judge, GivesTheSameVerdictTwice)
{
    auto r = leaky_run();
    judge_by(r, no_leaks);
    auto const first = to_json(r);
    judge_by(r, no_leaks);
    EXPECT_EQ(to_json(r), first);
}

TEST(Attestation, IsShownWithItsSigner)
{
    auto r = clean_run();
    criterion c;
    c.id = "runbook";
    c.attest = "Rollback procedures are documented";
    c.attested_by = "R. Vasquez";
    c.attested_on = "2026-03-01";
    judge_by(r, {c, no_leaks[0]});

    EXPECT_EQ(r.criteria.at(0).status, criterion_status::attested);
    EXPECT_EQ(r.criteria.at(0).note, "attested by R. Vasquez on 2026-03-01");
}

TEST(Attestation, WithoutASignerIsShownAsUnsignedAndBlocksNothing)
{
    auto r = clean_run();
    criterion c;
    c.id = "runbook";
    c.attest = "Rollback procedures are documented";
    c.attested_on = "2026-03-01";
    judge_by(r, {c, no_leaks[0]});

    EXPECT_EQ(r.outcome, overall::passed);
    EXPECT_EQ(r.criteria.at(0).status, criterion_status::unattested);
    EXPECT_NE(r.summary.find("1 statement unsigned"), std::string::npos);
}

TEST(Waiver, TakesAFindingOutOfTheVerdictButNotOutOfTheResult)
{
    auto r = leaky_run();
    judge_with(r, {"api.read", "plans", "plans are public", "2026-03-14", {}});

    EXPECT_EQ(r.outcome, overall::passed);
    EXPECT_EQ(r.findings.size(), 1U);
    EXPECT_EQ(r.waived.at(r.findings[0].fingerprint()), "until 2026-03-14: plans are public");
    EXPECT_EQ(r.metrics.at("findings.waived"), 1);
    EXPECT_EQ(r.criteria.back().status, criterion_status::waived);
    EXPECT_NE(r.summary.find("1 waived finding"), std::string::npos);
}

TEST(Waiver, MatchesAFingerprint)
{
    auto r = leaky_run();
    judge_with(r, {r.findings[0].fingerprint(), "", "known", "2027-01-01", {}});
    EXPECT_EQ(r.outcome, overall::passed);
}

TEST(Waiver, OfAnotherChannelWaivesNothingAndIsNoted)
{
    auto r = leaky_run();
    judge_with(r, {"api.read", "users", "known", "2027-01-01", {}});

    EXPECT_EQ(r.outcome, overall::failed);
    EXPECT_TRUE(r.waived.empty());
    ASSERT_EQ(r.notes.size(), 1U);
    EXPECT_NE(r.notes[0].find("matches no finding"), std::string::npos);
}

TEST(Waiver, FailsTheRunOnceItHasExpired)
{
    auto r = clean_run();
    judge_with(r, {"api.read", "", "known", "2026-03-13", {}});

    EXPECT_EQ(r.outcome, overall::failed);
    EXPECT_EQ(r.criteria.back().status, criterion_status::not_met);
    EXPECT_EQ(
        r.criteria.back().note, "the waiver has expired; fix the finding or renew it (known)"
    );
}

TEST(Waiver, WithADayThatIsNoneDoesNotLastForEver)
{
    auto r = leaky_run();
    judge_with(r, {"api.read", "", "known", "9999-99-99", {}});
    EXPECT_EQ(r.outcome, overall::failed);
    EXPECT_TRUE(r.waived.empty());
}

TEST(Day, MustBeOnTheCalendar)
{
    EXPECT_TRUE(is_day("2028-02-29"));
    EXPECT_FALSE(is_day("2027-02-29"));
    EXPECT_FALSE(is_day("2027-2-9"));
    EXPECT_FALSE(is_day("2027-02-1x"));
    EXPECT_FALSE(is_day(""));
}

TEST(ExitCode, FollowsTheOutcome)
{
    EXPECT_EQ(exit_code_of(overall::passed), exit_code::passed);
    EXPECT_EQ(exit_code_of(overall::failed), exit_code::failed);
    EXPECT_EQ(exit_code_of(overall::inconclusive), exit_code::inconclusive);
    EXPECT_EQ(exit_code_of(overall::not_run), exit_code::not_run);
    EXPECT_EQ(exit_code_of(overall::interrupted), exit_code::interrupted);
}

static run_result run_with_experiment(double low, double high)
{
    auto r = clean_run();
    experiment_outcome e{.name = "index", .statistic = "median"};
    e.arms.resize(2);
    e.arms[0].latency_us = {10, 11, 12};
    e.latency = experiment_change{(low + high) / 2, low, high};
    r.experiments = {e};
    return r;
}

static criterion_outcome decided(run_result r, char const* text)
{
    judge_by(r, {measured("faster", text)});
    return r.criteria.front();
}

TEST(JudgeExperiment, IsMetIfTheWholeIntervalMeetsIt)
{
    auto const c =
        decided(run_with_experiment(-0.7, -0.5), "experiment.index.latency_change <= -40%");

    EXPECT_EQ(c.status, criterion_status::met);
    EXPECT_EQ(c.measured, "experiment.index.latency_change = -60% (95% interval -70% to -50%)");
    EXPECT_EQ(c.limit, "<= -40%");
    EXPECT_EQ(c.n, 3U);
    // Of the interval's worse end.
    EXPECT_NEAR(c.margin.value_or(0), 0.25, 1e-9);
}

TEST(JudgeExperiment, IsNotMetIfNoneOfTheIntervalMeetsIt)
{
    auto const c =
        decided(run_with_experiment(-0.3, -0.1), "experiment.index.latency_change <= -40%");

    EXPECT_EQ(c.status, criterion_status::not_met);
}

TEST(JudgeExperiment, IsOpenIfTheIntervalHoldsTheLimit)
{
    auto const c =
        decided(run_with_experiment(-0.7, -0.3), "experiment.index.latency_change <= -40%");

    EXPECT_EQ(c.status, criterion_status::inconclusive);
    EXPECT_NE(c.note.find("interval holds the limit"), std::string::npos) << c.note;
}

TEST(JudgeExperiment, AsksForMoreInTheSameWay)
{
    auto const text = "experiment.index.latency_change >= -40%";

    EXPECT_EQ(decided(run_with_experiment(-0.7, -0.5), text).status, criterion_status::not_met);
    EXPECT_EQ(decided(run_with_experiment(-0.3, -0.1), text).status, criterion_status::met);
}

TEST(JudgeExperiment, SaysWhyThereIsNoChange)
{
    auto r = run_with_experiment(0, 0);
    r.experiments[0].latency.reset();
    r.experiments[0].note = "the step \"x\" failed";
    auto const c = decided(r, "experiment.index.latency_change <= -40%");

    EXPECT_EQ(c.status, criterion_status::inconclusive);
    EXPECT_NE(c.note.find("the step \"x\" failed"), std::string::npos) << c.note;
}
