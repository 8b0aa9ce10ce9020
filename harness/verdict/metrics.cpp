#include "harness/verdict/criteria.hpp"
#include "harness/verdict/drill_metrics.hpp"
#include "harness/verdict/error_kinds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace watertight::verdict {

using metric_values = std::map<std::string, double>;

static double real(std::uint64_t n)
{
    return static_cast<double>(n);
}

static bool concluded(probe_outcome const& p)
{
    return p.status == probe_status::pass || p.status == probe_status::fail;
}

namespace {

struct request_tally {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::map<std::string, std::uint64_t> errors;

    void add(std::uint64_t well, std::map<std::string, std::uint64_t> const& badly)
    {
        ok += well;
        for (auto const& [kind, n] : badly) {
            errors[kind] += n;
            if (kind != "throttled") failed += n;
        }
    }
    std::uint64_t answered_or_failed() const { return ok + failed; }
    std::uint64_t all() const
    {
        auto const throttled = errors.find("throttled");
        return ok + failed + (throttled == errors.end() ? 0 : throttled->second);
    }
};

} // namespace

static request_tally tally(run_result const& r)
{
    request_tally sum;
    for (auto const& op : r.operations) sum.add(op.ok, op.errors);
    return sum;
}

// Load examines confidentiality by itself, as every answer is scanned; but only if tenants are
// known to have met their own canaries in those answers.
static bool traffic_was_scanned(run_result const& r)
{
    auto const control = r.metrics.find("control.own_seen");
    if (control != r.metrics.end()) return control->second > 0;
    return tally(r).ok > 0;
}

static bool was_examined(run_result const& r, evidence::guarantee kind)
{
    using evidence::guarantee;
    bool const by_probe = std::ranges::any_of(r.probes, [&](probe_outcome const& p) {
        return p.kind == kind && concluded(p);
    });
    if (by_probe) return true;
    if (kind == guarantee::confidentiality) return traffic_was_scanned(r);
    if (kind == guarantee::service) return tally(r).answered_or_failed() > 0;
    return kind == guarantee::rollback && r.drill.ran;
}

static bool anything_was_examined(run_result const& r)
{
    return r.drill.ran || traffic_was_scanned(r) || std::ranges::any_of(r.probes, concluded);
}

static void add_findings(run_result const& r, metric_values& out)
{
    using evidence::guarantee;
    using evidence::severity;
    bool const examined = anything_was_examined(r);
    if (examined) {
        out["findings.total"] = 0;
        out["findings.waived"] = 0;
        for (auto const level :
             {severity::info, severity::low, severity::medium, severity::high, severity::critical})
        {
            out["findings." + std::string{to_string(level)}] = 0;
        }
    }
    for (auto const kind :
         {guarantee::confidentiality,
          guarantee::integrity,
          guarantee::unobservability,
          guarantee::performance,
          guarantee::rollback,
          guarantee::service})
    {
        if (was_examined(r, kind)) out["findings." + std::string{to_string(kind)}] = 0;
    }
    for (auto const& p : r.probes) {
        if (concluded(p)) out["findings." + p.id] = 0;
    }
    if (traffic_was_scanned(r)) out["findings.traffic"] = 0;

    for (auto const& f : r.findings) {
        if (r.waived.contains(f.fingerprint())) {
            out["findings.waived"] += 1;
            continue;
        }
        for (auto const& name : std::array<std::string, 4>{
                 "total", std::string{to_string(f.kind)}, std::string{to_string(f.level)}, f.probe})
        {
            out["findings." + name] += 1;
        }
    }
}

static void add_probes(run_result const& r, metric_values& out)
{
    if (r.probes.empty()) return;
    auto const count = [&](probe_status s) {
        return real(
            static_cast<std::uint64_t>(std::ranges::count(r.probes, s, &probe_outcome::status))
        );
    };
    auto const passed = count(probe_status::pass);
    auto const failed = count(probe_status::fail);
    auto const inconclusive = count(probe_status::inconclusive);
    out["probes.passed"] = passed;
    out["probes.failed"] = failed;
    out["probes.inconclusive"] = inconclusive;
    out["probes.not_applicable"] = count(probe_status::not_applicable);
    auto const tried = passed + failed + inconclusive;
    if (tried > 0) out["probes.score"] = passed / tried;
    for (auto const& p : r.probes) {
        if (concluded(p)) out["probes." + p.id + ".passed"] = p.status == probe_status::pass;
    }
}

static void add_latency(std::string const& prefix, histogram_summary const& h, metric_values& out)
{
    if (h.n == 0) return;
    out[prefix + "p50"] = real(h.p50_us);
    out[prefix + "p90"] = real(h.p90_us);
    out[prefix + "p95"] = real(h.p95_us);
    out[prefix + "p99"] = real(h.p99_us);
    out[prefix + "p999"] = real(h.p999_us);
    out[prefix + "max"] = real(h.max_us);
    out[prefix + "mean"] = h.mean_us;
}

static void add_requests(std::string const& prefix, request_tally const& sum, metric_values& out)
{
    auto const n = sum.answered_or_failed();
    if (n > 0) {
        out[prefix + "availability"] = real(sum.ok) / real(n);
        out[prefix + "errors.rate"] = real(sum.failed) / real(n);
    }
    if (n > 0 || !sum.errors.empty()) {
        for (auto const kind : error_kinds) out[fmt::format("{}errors.{}", prefix, kind)] = 0;
        for (auto const& [kind, count] : sum.errors) out[prefix + "errors." + kind] = real(count);
    }
}

// A phase that was not driven lasted no time, and has no value.
static void add_phases(run_result const& r, metric_values& out)
{
    for (auto const& p : r.phases) {
        if (p.kind != "traffic" || p.duration_s <= 0) continue;
        request_tally sum;
        sum.add(p.ok, p.errors);
        auto const prefix = "phase." + p.name + ".";
        add_latency(prefix + "latency.", p.latency, out);
        add_requests(prefix, sum, out);
        out[prefix + "requests"] = real(sum.all());
        out[prefix + "tenants"] = real(p.tenants);
        out[prefix + "throughput.achieved"] = p.achieved_per_s;
        out[prefix + "throughput.unsent"] = real(p.unsent);
        out[prefix + "schedule.lag_max"] = real(p.lag_us_max);
        if (p.offered_per_s > 0) out[prefix + "throughput.offered"] = p.offered_per_s;
    }
}

// Rates of several phases are weighted by how long each lasted.
static void add_throughput(run_result const& r, metric_values& out)
{
    double lasted = 0;
    double offered_for = 0;
    double achieved = 0;
    double offered = 0;
    std::uint64_t unsent = 0;
    std::uint64_t lag_us = 0;
    for (auto const& p : r.phases) {
        if (p.kind != "traffic" || p.duration_s <= 0) continue;
        lasted += p.duration_s;
        achieved += p.achieved_per_s * p.duration_s;
        unsent += p.unsent;
        lag_us = std::max(lag_us, p.lag_us_max);
        // Closed-loop phases offer no rate.
        if (p.offered_per_s <= 0) continue;
        offered_for += p.duration_s;
        offered += p.offered_per_s * p.duration_s;
    }
    if (lasted <= 0) return;
    out["throughput.achieved"] = achieved / lasted;
    out["throughput.unsent"] = real(unsent);
    out["schedule.lag_max"] = real(lag_us);
    if (offered_for > 0) out["throughput.offered"] = offered / offered_for;
}

static void add_tenants(run_result const& r, metric_values& out)
{
    if (!r.tenants.empty()) {
        out.try_emplace("tenants.provisioned", real(r.tenants.size()));
    }
    double sum = 0;
    double squares = 0;
    double active = 0;
    std::uint64_t worst_us = 0;
    for (auto const& t : r.tenants) {
        worst_us = std::max(worst_us, t.latency.p95_us);
        auto const asked = t.ok + t.failed + t.throttled;
        if (asked == 0) continue;
        auto const served = real(t.ok) / real(asked);
        active += 1;
        sum += served;
        squares += served * served;
    }
    if (worst_us > 0) out["tenants.worst.p95"] = real(worst_us);
    if (squares > 0) out["tenants.fairness"] = sum * sum / (active * squares);
}

static void add_coverage(run_result const& r, metric_values& out)
{
    std::map<std::string, std::pair<double, double>> by_kind;
    for (auto const& item : r.coverage) {
        auto& [examined, all] = by_kind[item.kind];
        examined += item.examined ? 1 : 0;
        all += 1;
    }
    static constexpr std::pair<char const*, char const*> names[]{
        {"endpoint", "coverage.endpoints_pct"},
        {"table", "coverage.tables_pct"},
        {"key_family", "coverage.key_families_pct"},
        {"channel", "coverage.channels_pct"},
        {"pair", "coverage.pairs_pct"},
    };
    for (auto const& [kind, name] : names) {
        auto const at = by_kind.find(kind);
        if (at != by_kind.end()) out[name] = 100 * at->second.first / at->second.second;
    }
}

static void add_experiments(run_result const& r, metric_values& out)
{
    for (auto const& e : r.experiments) {
        auto const prefix = "experiment." + e.name + ".";
        if (e.latency) out[prefix + "latency_change"] = e.latency->estimate;
        if (e.queries) out[prefix + "queries_change"] = e.queries->estimate;
    }
}

metric_intervals intervals_of(run_result const& r)
{
    metric_intervals out;
    for (auto const& e : r.experiments) {
        auto const prefix = "experiment." + e.name + ".";
        if (e.latency) out[prefix + "latency_change"] = {e.latency->low, e.latency->high};
        if (e.queries) out[prefix + "queries_change"] = {e.queries->low, e.queries->high};
    }
    return out;
}

experiment_outcome const* find_experiment(run_result const& r, std::string_view metric)
{
    for (auto const& e : r.experiments) {
        if (metric.starts_with("experiment." + e.name + ".")) return &e;
    }
    return nullptr;
}

// Derived anew each time, so that judging a result twice does not count anything twice.
static metric_values given(run_result const& r)
{
    static constexpr std::string_view derived[]{
        "findings.", "probes.", "experiment.", "drill.", "baseline.", "phase."};
    metric_values out;
    for (auto const& [name, value] : r.metrics) {
        bool const again = std::ranges::any_of(derived, [&](std::string_view prefix) {
            return std::string_view{name}.starts_with(prefix);
        });
        if (!again) out[name] = value;
    }
    return out;
}

std::map<std::string, double> derive_metrics(run_result const& r)
{
    auto out = given(r);
    add_findings(r, out);
    add_probes(r, out);
    add_latency("latency.", r.latency, out);
    for (auto const& op : r.operations) add_latency("latency." + op.name + ".", op.latency, out);
    add_requests({}, tally(r), out);
    add_phases(r, out);
    add_throughput(r, out);
    add_tenants(r, out);
    add_coverage(r, out);
    add_experiments(r, out);
    add_drill_metrics(r, out);
    return out;
}

static std::string why_no_findings_metric(std::string_view part, run_result const& r)
{
    for (auto const& p : r.probes) {
        if (p.id != part) continue;
        auto const why = p.reason.empty() ? std::string{} : ": " + p.reason;
        return "probe " + p.id + " is " + std::string{to_string(p.status)} + why;
    }
    evidence::guarantee kind{};
    if (evidence::parse(part, kind)) {
        std::string why = "no probe of " + std::string{part} + " reached a conclusion";
        if (kind == evidence::guarantee::confidentiality) {
            why += " and no response under load was scanned with a positive control";
        }
        return why;
    }
    if (part.find('.') != part.npos) return "probe " + std::string{part} + " did not run";
    return "nothing was examined";
}

static std::string why_no_experiment_metric(std::string_view metric, run_result const& r)
{
    auto const* const e = find_experiment(r, metric);
    if (e == nullptr) return "that experiment did not take place";
    if (!e->note.empty()) return e->note;
    return "the database's statements could not be counted (it takes pg_stat_statements)";
}

std::string why_missing(std::string_view metric, run_result const& r)
{
    auto const is = [&](std::string_view prefix) { return metric.starts_with(prefix); };
    if (metric.find(' ') != metric.npos) return "the expression divides by 0";
    if (is("baseline.")) return "no baseline was given, or it has no such value";
    if (is("findings.")) return why_no_findings_metric(metric.substr(9), r);
    if (is("probes.")) return r.probes.empty() ? "no probe ran" : "the probe reached no conclusion";
    if (is("latency.") && r.latency.n > 0) return "that operation was not sent";
    if (is("latency.") || is("errors.") || is("availability")) return "no traffic was driven";
    if (is("throughput.offered") && r.latency.n > 0) return "no phase had an open-loop rate";
    if (is("throughput.") || is("schedule.")) return "no traffic was driven";
    if (is("phase.") && metric.ends_with("throughput.offered")) return "the phase has no rate";
    if (is("phase.")) return "that phase was not driven, or nothing was answered in it";
    if (is("server.")) return "no process of target.processes could be read under load";
    if (is("tenants.failed") || is("tenants.provisioned")) return "no tenant was provisioned";
    if (is("tenants.")) return "no tenant sent traffic";
    if (is("coverage.")) return "the run looked for none";
    if (is("experiment.")) return why_no_experiment_metric(metric, r);
    if (is("drill.") && !r.drill.ran) return "no drill ran";
    if (is("drill.rto") || is("drill.rpo")) return "the drill had no traffic to tell it by";
    if (is("drill.tenant_recovery_max")) return "no tenant sent traffic, or one did not recover";
    if (is("drill.tenants")) return "no tenant sent traffic during the drill";
    if (is("drill.old_after") || is("drill.new_after")) {
        return "the drill's plan does not say how versions are told";
    }
    if (is("drill.rollout")) return "the drill's plan has no stages";
    if (is("drill.writes_lost")) return "no write was acknowledged during the drill";
    if (is("drill.fingerprints")) return "no object was fingerprinted";
    if (is("drill.within_budget")) return "no phase has a budget";
    if (is("drill.")) return "the drill had no such phase";
    return "it was not measured in this run";
}

} // namespace watertight::verdict
