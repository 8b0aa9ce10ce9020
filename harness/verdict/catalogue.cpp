#include "harness/verdict/criteria.hpp"
#include "harness/verdict/error_kinds.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace watertight::verdict {

using spec_list = std::vector<metric_spec>;

static void add_findings(spec_list& all)
{
    all.push_back({"findings.total", unit::count, "distinct findings that no waiver covers"});
    all.push_back({"findings.waived", unit::count, "distinct findings that a waiver covers"});
    for (auto const* const kind :
         {"confidentiality", "integrity", "unobservability", "performance", "rollback", "service"})
    {
        all.push_back(
            {std::string{"findings."} + kind,
             unit::count,
             std::string{"findings that violate "} + kind +
                 "; has no value unless something examined it"}
        );
    }
    for (auto const* const level : {"info", "low", "medium", "high", "critical"}) {
        all.push_back(
            {std::string{"findings."} + level,
             unit::count,
             std::string{"findings of severity "} + level}
        );
    }
    all.push_back({"findings.traffic", unit::count, "findings that load alone showed"});
    all.push_back({"findings.*", unit::count, "findings of one probe", metric_part::probe});
}

static void add_probes(spec_list& all)
{
    all.push_back({"probes.passed", unit::count, "probes that passed"});
    all.push_back({"probes.failed", unit::count, "probes that found a violation"});
    all.push_back({"probes.inconclusive", unit::count, "probes that could not have seen one"});
    all.push_back({"probes.not_applicable", unit::count, "probes that need what the scenario lacks"}
    );
    all.push_back({"probes.score", unit::share, "passed / (passed + failed + inconclusive)"});
    all.push_back(
        {"probes.*.passed",
         unit::flag,
         "whether one probe passed; no value if inconclusive",
         metric_part::probe}
    );
}

static constexpr std::pair<char const*, char const*> latency_points[]{
    {"p50", "median latency"},
    {"p90", "latency that 90% of requests stay within"},
    {"p95", "latency that 95% of requests stay within"},
    {"p99", "latency that 99% of requests stay within"},
    {"p999", "latency that 99.9% of requests stay within"},
    {"max", "highest latency"},
    {"mean", "mean latency"},
};

static void add_latency(spec_list& all)
{
    for (auto const& [name, meaning] : latency_points) {
        all.push_back({std::string{"latency."} + name, unit::microseconds, meaning});
        all.push_back(
            {std::string{"latency.*."} + name,
             unit::microseconds,
             std::string{meaning} + ", of one operation",
             metric_part::operation}
        );
    }
}

static void add_service(spec_list& all)
{
    all.push_back(
        {"availability", unit::share, "ok / (ok + failed); throttled requests are kept apart"}
    );
    all.push_back({"errors.rate", unit::share, "failed / (ok + failed), throttled kept apart"});
    for (auto const name : error_kinds) {
        all.push_back(
            {fmt::format("errors.{}", name),
             unit::count,
             fmt::format("requests that failed by {}", name)}
        );
    }
    all.push_back(
        {"throughput.achieved", unit::per_second, "answered requests a second, over all traffic"}
    );
    all.push_back(
        {"capacity.rate",
         unit::per_second,
         "the highest rate at which all criteria of load hold (load --find-capacity)"}
    );
    all.push_back(
        {"throughput.offered", unit::per_second, "requests a second that the schedules wanted"}
    );
    all.push_back(
        {"throughput.unsent", unit::count, "scheduled requests still waiting at a phase's end"}
    );
    all.push_back(
        {"schedule.lag_max",
         unit::microseconds,
         "how late a request left for want of a free connection"}
    );
    all.push_back(
        {"control.own_seen", unit::count, "answers under load that showed a tenant its own canary"}
    );
    all.push_back({"redis.hit_rate", unit::share, "cache hits / look-ups during the run"});
    all.push_back(
        {"postgres.queries_per_request", unit::count, "database queries per request under load"}
    );
    all.push_back(
        {"mongo.operations_per_request", unit::count, "MongoDB operations per request under load"}
    );
}

// Of one phase of traffic: to hold the steps of a roll-out against one another.
static void add_phases(spec_list& all)
{
    auto const add = [&](std::string name, unit in, std::string meaning) {
        all.push_back(
            {"phase.*." + std::move(name),
             in,
             std::move(meaning) + ", of one traffic phase",
             metric_part::traffic_phase}
        );
    };
    for (auto const& [name, meaning] : latency_points) {
        add(fmt::format("latency.{}", name), unit::microseconds, meaning);
    }
    add("availability", unit::share, "ok / (ok + failed)");
    add("errors.rate", unit::share, "failed / (ok + failed)");
    for (auto const name : error_kinds) {
        add(fmt::format("errors.{}", name),
            unit::count,
            fmt::format("requests that failed by {}", name));
    }
    add("requests", unit::count, "requests that ended, in whatever way");
    add("tenants", unit::count, "tenants that took part");
    add("throughput.achieved", unit::per_second, "answered requests a second");
    add("throughput.offered", unit::per_second, "requests a second that the schedule wanted");
    add("throughput.unsent", unit::count, "scheduled requests still waiting at the end");
    add("schedule.lag_max", unit::microseconds, "how late a request left");
}

static void add_server(spec_list& all)
{
    static constexpr std::tuple<char const*, unit, char const*> kinds[]{
        {"cpu", unit::count, "processor cores in use on average during load"},
        {"cpu_max", unit::count, "processor cores in use in the busiest second of load"},
        {"memory_max", unit::bytes, "most memory in use during load"},
        {"connections_max", unit::count, "most TCP connections established during load"},
    };
    for (auto const& [name, in, meaning] : kinds) {
        all.push_back(
            {fmt::format("server.{}", name),
             in,
             fmt::format("{}, by all of target.processes", meaning)}
        );
        all.push_back(
            {fmt::format("server.*.{}", name),
             in,
             fmt::format("{}, by one of target.processes", meaning),
             metric_part::process}
        );
    }
}

static void add_tenants(spec_list& all)
{
    all.push_back({"tenants.provisioned", unit::count, "tenants that took part"});
    all.push_back({"tenants.failed", unit::count, "tenants that could not be provisioned"});
    all.push_back({"tenants.worst.p95", unit::microseconds, "p95 of the tenant that fared worst"});
    all.push_back(
        {"tenants.fairness",
         unit::share,
         "Jain's index of the share of its requests that each tenant had answered; 1 is even"}
    );
}

static void add_coverage(spec_list& all)
{
    static constexpr std::pair<char const*, char const*> kinds[]{
        {"endpoints", "endpoints that a probe examined"},
        {"tables", "tables of the live catalogue that a probe examined"},
        {"key_families", "families of cache keys that a probe examined"},
        {"channels", "identity channels that a probe examined"},
        {"pairs", "ordered tenant pairs that a probe examined"},
    };
    for (auto const& [name, meaning] : kinds) {
        all.push_back(
            {std::string{"coverage."} + name + "_pct",
             unit::percent,
             std::string{"share of "} + meaning}
        );
    }
}

static void add_drill(spec_list& all)
{
    all.push_back(
        {"drill.*.seconds",
         unit::seconds,
         "how long one phase of the drill took",
         metric_part::drill_phase}
    );
    all.push_back({"drill.succeeded", unit::flag, "1 if the drill ended with everything verified"});
    all.push_back({"drill.within_budget", unit::flag, "1 if each phase kept its budget"});
    all.push_back({"drill.rto", unit::seconds, "from the failure to the last bad answer"});
    all.push_back({"drill.rpo", unit::seconds, "age of the oldest acknowledged write that is lost"}
    );
    all.push_back(
        {"drill.tenants_not_recovered", unit::count, "tenants without good answers afterwards"}
    );
    all.push_back(
        {"drill.tenant_recovery_max", unit::seconds, "how long the slowest tenant took to recover"}
    );
    all.push_back(
        {"drill.old_after_cutover", unit::count, "answers of the old version after the cutover"}
    );
    all.push_back(
        {"drill.new_after_rollback", unit::count, "answers of the new version after the rollback"}
    );
    all.push_back(
        {"drill.rollout_stopped", unit::flag, "1 if the gradual roll-out stopped at a stage"}
    );
    all.push_back({"drill.writes_lost", unit::count, "acknowledged writes gone after the drill"});
    all.push_back(
        {"drill.fingerprints_unequal", unit::count, "objects that differ after the rollback"}
    );
    all.push_back({"drill.errors_rate", unit::share, "failed requests / requests during the drill"}
    );
}

static void add_experiments(spec_list& all)
{
    all.push_back(
        {"experiment.*.latency_change",
         unit::share,
         "how much longer requests take in arm b than in arm a; judged by its 95% interval",
         metric_part::experiment}
    );
    all.push_back(
        {"experiment.*.queries_change",
         unit::share,
         "how many more database queries a request takes in arm b; judged by its 95% interval",
         metric_part::experiment}
    );
}

static spec_list make_catalogue()
{
    spec_list all;
    add_findings(all);
    add_probes(all);
    add_latency(all);
    add_service(all);
    add_phases(all);
    add_server(all);
    add_tenants(all);
    add_coverage(all);
    add_experiments(all);
    add_drill(all);
    all.push_back(
        {"baseline.*",
         unit::count,
         "any metric, as it was in the baseline; has that metric's unit",
         metric_part::metric}
    );
    std::ranges::sort(all, {}, &metric_spec::name);
    return all;
}

std::vector<metric_spec> const& metric_catalogue()
{
    static auto const all = make_catalogue();
    return all;
}

// A probe's id has a layer and a name; without the dot it would be a slip in another metric.
static bool may_stand_for(metric_part part, std::string_view text)
{
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    if (text.find("..") != text.npos) return false;
    if (part == metric_part::probe) return text == "traffic" || text.find('.') != text.npos;
    bool const is_name = part == metric_part::drill_phase || part == metric_part::traffic_phase ||
                         part == metric_part::process || part == metric_part::experiment;
    return !is_name || text.find('.') == text.npos;
}

static bool matches(metric_spec const& spec, std::string_view name)
{
    auto const star = spec.name.find('*');
    if (star == spec.name.npos || spec.part == metric_part::metric) return spec.name == name;
    auto const head = std::string_view{spec.name}.substr(0, star);
    auto const tail = std::string_view{spec.name}.substr(star + 1);
    if (!name.starts_with(head) || !name.ends_with(tail)) return false;
    if (name.size() < head.size() + tail.size() + 1) return false;
    return may_stand_for(spec.part, name.substr(star, name.size() - head.size() - tail.size()));
}

metric_spec const* find_metric(std::string_view name)
{
    constexpr std::string_view earlier = "baseline.";
    if (name.starts_with(earlier)) {
        name.remove_prefix(earlier.size());
        if (name.starts_with(earlier)) return nullptr;
    }
    if (name.find('*') != name.npos) return nullptr;
    auto const& all = metric_catalogue();
    auto const exact = std::ranges::find(all, name, &metric_spec::name);
    if (exact != all.end()) return &*exact;
    auto const pattern =
        std::ranges::find_if(all, [&](metric_spec const& m) { return matches(m, name); });
    return pattern == all.end() ? nullptr : &*pattern;
}

} // namespace watertight::verdict
