#include "harness/verdict/criteria.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using namespace watertight::verdict;

static probe_outcome probe(char const* id, evidence::guarantee kind, probe_status status)
{
    probe_outcome p;
    p.id = id;
    p.kind = kind;
    p.status = status;
    return p;
}

static run_result with_requests(std::uint64_t ok, std::map<std::string, std::uint64_t> errors)
{
    run_result r;
    r.operations.push_back({"users.read", ok, std::move(errors), {}, {}});
    return r;
}

TEST(DerivedMetrics, AreAbsentWhenNothingRan)
{
    EXPECT_TRUE(derive_metrics({}).empty());
}

TEST(DerivedMetrics, CountNoFindingsOnlyWhereSomethingWasExamined)
{
    run_result r;
    r.probes = {
        probe("api.a", evidence::guarantee::confidentiality, probe_status::inconclusive),
        probe("api.b", evidence::guarantee::integrity, probe_status::pass)};

    auto const m = derive_metrics(r);

    EXPECT_FALSE(m.contains("findings.confidentiality"));
    EXPECT_FALSE(m.contains("findings.api.a"));
    EXPECT_EQ(m.at("findings.integrity"), 0);
    EXPECT_EQ(m.at("findings.api.b"), 0);
    EXPECT_EQ(m.at("findings.total"), 0);
    EXPECT_DOUBLE_EQ(m.at("probes.score"), 0.5);
    EXPECT_EQ(
        why_missing("findings.confidentiality", r),
        "no probe of confidentiality reached a conclusion and no response under load was scanned "
        "with a positive control"
    );
}

TEST(DerivedMetrics, TakeScannedTrafficAsAnExamination)
{
    auto r = with_requests(100, {});
    EXPECT_EQ(derive_metrics(r).at("findings.confidentiality"), 0);

    // No tenant ever met its own canary: the scan could not have seen a foreign one either.
    r.metrics["control.own_seen"] = 0;
    EXPECT_FALSE(derive_metrics(r).contains("findings.confidentiality"));
}

TEST(DerivedMetrics, CountDistinctFindingsAndKeepWaivedOnesApart)
{
    run_result r;
    evidence::finding f;
    f.probe = "api.a";
    f.kind = evidence::guarantee::integrity;
    f.level = evidence::severity::high;
    f.channel = "GET /x";
    f.count = 1000;
    auto g = f;
    g.channel = "GET /y";
    r.findings = {f, g};
    r.waived[g.fingerprint()] = "known";

    auto const m = derive_metrics(r);

    EXPECT_EQ(m.at("findings.total"), 1);
    EXPECT_EQ(m.at("findings.integrity"), 1);
    EXPECT_EQ(m.at("findings.high"), 1);
    EXPECT_EQ(m.at("findings.api.a"), 1);
    EXPECT_EQ(m.at("findings.waived"), 1);
}

TEST(Availability, LeavesThrottledRequestsOut)
{
    auto const m = derive_metrics(with_requests(90, {{"status_5xx", 10}, {"throttled", 900}}));

    EXPECT_DOUBLE_EQ(m.at("availability"), 0.9);
    EXPECT_DOUBLE_EQ(m.at("errors.rate"), 0.1);
    EXPECT_EQ(m.at("errors.throttled"), 900);
    EXPECT_EQ(m.at("errors.timeout"), 0);
}

TEST(Availability, HasNoValueWithoutRequests)
{
    auto const r = with_requests(0, {{"throttled", 5}});
    EXPECT_FALSE(derive_metrics(r).contains("availability"));
    EXPECT_EQ(why_missing("availability", r), "no traffic was driven");
}

TEST(Throughput, IsWeightedByHowLongEachPhaseLasted)
{
    run_result r;
    r.phases = {
        {"a", "traffic", 0, 30, 100, 90, 5, 10, ""},
        {"b", "traffic", 30, 10, 500, 490, 7, 40, ""},
        {"c", "drill", 40, 99, 0, 7, 1, 1, ""}};

    auto const m = derive_metrics(r);

    EXPECT_DOUBLE_EQ(m.at("throughput.achieved"), 190);
    EXPECT_DOUBLE_EQ(m.at("throughput.offered"), 200);
    EXPECT_EQ(m.at("throughput.unsent"), 12);
    EXPECT_EQ(m.at("schedule.lag_max"), 40);
}

TEST(Fairness, IsOneWhenAllTenantsAreServedAlike)
{
    run_result r;
    r.tenants = {{"a", "", 10, 0, 0, {}}, {"b", "", 1000, 0, 0, {}}};
    EXPECT_DOUBLE_EQ(derive_metrics(r).at("tenants.fairness"), 1);

    r.tenants[1].ok = 0;
    r.tenants[1].throttled = 1000;
    EXPECT_DOUBLE_EQ(derive_metrics(r).at("tenants.fairness"), 0.5);
}

TEST(DrillMetrics, AreAbsentWhereNothingCouldHaveBeenLost)
{
    run_result r;
    r.drill.ran = true;
    r.drill.succeeded = true;
    r.drill.phases = {{"execution", 1, 90, std::nullopt, true, ""}};

    auto const m = derive_metrics(r);

    EXPECT_EQ(m.at("drill.execution.seconds"), 90);
    EXPECT_EQ(m.at("drill.succeeded"), 1);
    EXPECT_FALSE(m.contains("drill.writes_lost"));
    EXPECT_FALSE(m.contains("drill.fingerprints_unequal"));
    EXPECT_FALSE(m.contains("drill.within_budget"));
}

TEST(DrillMetrics, TellHowTheTenantsCameBack)
{
    run_result r;
    r.drill.ran = true;
    r.drill.rto_s = 4;
    r.drill.rpo_s = 0;
    r.drill.new_after_rollback = 2;
    r.drill.tenants.resize(2);
    r.drill.tenants[0].recovered_s = 3;
    r.drill.tenants[1].recovered_s = 5;
    auto const back = derive_metrics(r);
    EXPECT_EQ(back.at("drill.rto"), 4);
    EXPECT_EQ(back.at("drill.rpo"), 0);
    EXPECT_EQ(back.at("drill.new_after_rollback"), 2);
    EXPECT_EQ(back.at("drill.tenants_not_recovered"), 0);
    EXPECT_EQ(back.at("drill.tenant_recovery_max"), 5);
    EXPECT_FALSE(back.contains("drill.old_after_cutover"));
    EXPECT_FALSE(back.contains("drill.rollout_stopped"));

    r.drill.tenants[1].recovered_s.reset();
    r.drill.stopped_at = "10 %";
    r.drill.phases = {{"stages", 1, 9, std::nullopt, true, "10 %: stopped"}};
    auto const late = derive_metrics(r);
    EXPECT_EQ(late.at("drill.tenants_not_recovered"), 1);
    EXPECT_FALSE(late.contains("drill.tenant_recovery_max"));
    EXPECT_EQ(late.at("drill.rollout_stopped"), 1);
}

TEST(Coverage, IsTheShareOfItemsExamined)
{
    run_result r;
    r.coverage = {
        {"endpoint", "a", true, ""}, {"endpoint", "b", false, ""}, {"table", "t", true, ""}};

    auto const m = derive_metrics(r);

    EXPECT_EQ(m.at("coverage.endpoints_pct"), 50);
    EXPECT_EQ(m.at("coverage.tables_pct"), 100);
    EXPECT_FALSE(m.contains("coverage.pairs_pct"));
}

TEST(DerivedMetrics, KeepWhatOnlyOtherPartsKnow)
{
    run_result r;
    r.metrics["redis.hit_rate"] = 0.8;
    EXPECT_EQ(derive_metrics(r).at("redis.hit_rate"), 0.8);
}

TEST(DerivedMetrics, AreTheSameWhenDerivedAgain)
{
    auto r = with_requests(10, {});
    evidence::finding f;
    f.probe = "traffic";
    r.findings = {f};
    r.metrics = derive_metrics(r);
    EXPECT_EQ(derive_metrics(r), r.metrics);
}

// Every name that a result can give rise to can be named in a criterion.
TEST(DerivedMetrics, AreAllInTheCatalogue)
{
    auto r = with_requests(10, {{"status_5xx", 1}});
    r.latency.n = r.operations[0].latency.n = 11;
    r.latency.p95_us = 5;
    r.tenants = {{"a", "", 10, 1, 0, r.latency}};
    r.phases = {{"a", "traffic", 0, 30, 100, 90, 5, 10, ""}};
    r.probes = {probe("api.a", evidence::guarantee::integrity, probe_status::pass)};
    r.coverage = {
        {"endpoint", "a", true, ""},
        {"table", "a", true, ""},
        {"key_family", "a", true, ""},
        {"channel", "a", true, ""},
        {"pair", "a", true, ""}};
    r.drill.ran = true;
    r.drill.phases = {{"execution", 1, 90, 100.0, true, ""}};
    r.drill.fingerprints = {{"t", 1, 1, true, ""}};
    r.drill.writes_acknowledged = r.drill.requests_during = 1;
    r.drill.rto_s = r.drill.rpo_s = 1;
    r.drill.old_after_cutover = r.drill.new_after_rollback = 0;
    r.drill.phases.push_back({"stages", 1, 2, std::nullopt, true, ""});
    r.drill.tenants.resize(1);
    r.drill.tenants[0].recovered_s = 1;

    auto const m = derive_metrics(r);

    EXPECT_GT(m.size(), 50U);
    for (auto const& [name, value] : m) EXPECT_NE(find_metric(name), nullptr) << name;
}

TEST(DerivedMetrics, KeepPhasesApartAndLeaveOutWhatWasNotDriven)
{
    run_result r;
    phase_outcome alone;
    alone.name = "alone";
    alone.kind = "traffic";
    alone.duration_s = 2;
    alone.achieved_per_s = 50;
    alone.tenants = 1;
    alone.ok = 99;
    alone.errors = {{"status_5xx", 1}, {"throttled", 4}};
    alone.latency.n = 100;
    alone.latency.p95_us = 8'000;
    auto never = alone;
    never.name = "never";
    never.duration_s = 0;
    r.phases = {alone, never};
    r.metrics["phase.alone.tenants"] = 77;

    auto const m = derive_metrics(r);

    EXPECT_EQ(m.at("phase.alone.latency.p95"), 8'000);
    EXPECT_DOUBLE_EQ(m.at("phase.alone.availability"), 0.99);
    EXPECT_EQ(m.at("phase.alone.errors.throttled"), 4);
    EXPECT_EQ(m.at("phase.alone.errors.timeout"), 0);
    EXPECT_EQ(m.at("phase.alone.requests"), 104);
    EXPECT_EQ(m.at("phase.alone.tenants"), 1);
    EXPECT_EQ(m.at("phase.alone.throughput.achieved"), 50);
    EXPECT_FALSE(m.contains("phase.alone.throughput.offered"));
    EXPECT_FALSE(m.contains("phase.never.availability"));
    for (auto const& [name, value] : m) EXPECT_NE(find_metric(name), nullptr) << name;

    auto const two =
        *requirement::compile("phase.never.latency.p95 <= 2 * phase.alone.latency.p95");
    EXPECT_EQ(two.evaluate(m).met, std::nullopt);
    EXPECT_EQ(two.evaluate(m).missing, "phase.never.latency.p95");
}

TEST(DerivedMetrics, KnowPhasesAndProcessesByName)
{
    metric_names const names{.traffic_phases = {"ten"}, .processes = {"api"}};

    EXPECT_TRUE(requirement::compile("phase.ten.errors.rate < 1%", names).has_value());
    EXPECT_TRUE(requirement::compile("server.api.memory_max < 1GiB", names).has_value());
    EXPECT_TRUE(requirement::compile("server.cpu <= 2", names).has_value());
    EXPECT_TRUE(
        requirement::compile("phase.ten.latency.p95 < baseline.phase.ten.latency.p95", names)
    );
    EXPECT_EQ(
        requirement::compile("phase.tin.errors.rate < 1%", names).error().message,
        "column 1: 'phase.tin.errors.rate' is no metric; did you mean 'phase.ten.errors.rate'?"
    );
    EXPECT_FALSE(requirement::compile("server.apo.cpu < 1", names).has_value());
}
