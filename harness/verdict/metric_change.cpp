#include "harness/verdict/metric_change.hpp"

#include "harness/verdict/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace watertight::verdict {

using one_side = std::span<run_result const>;

direction better_when(std::string_view metric)
{
    static constexpr std::string_view lower[]{
        "latency.",
        "errors.",
        "throughput.unsent",
        "schedule.lag_max",
        "findings.",
        "probes.failed",
        "probes.inconclusive",
        "tenants.failed",
        "tenants.worst.",
        "postgres.queries_per_request",
        "mongo.operations_per_request",
        "server.",
        "drill."};
    static constexpr std::string_view higher[]{
        "availability",
        "throughput.achieved",
        "redis.hit_rate",
        "coverage.",
        "probes.passed",
        "probes.score",
        "tenants.fairness",
        "tenants.provisioned",
        "drill.succeeded",
        "drill.within_budget"};
    // Of one phase, a metric is what it is of them all.
    if (metric.starts_with("phase.")) {
        auto const dot = metric.find('.', 6);
        if (dot == metric.npos) return direction::neither;
        metric.remove_prefix(dot + 1);
    }
    auto const begins = [&](std::string_view prefix) { return metric.starts_with(prefix); };
    if (metric.starts_with("probes.") && metric.ends_with(".passed")) return direction::higher;
    if (std::ranges::any_of(higher, begins)) return direction::higher;
    if (metric == "findings.waived") return direction::neither;
    return std::ranges::any_of(lower, begins) ? direction::lower : direction::neither;
}

std::string_view to_string(change_kind k)
{
    static constexpr std::string_view names[]{"better", "worse", "level", "open"};
    return names[static_cast<std::size_t>(k)];
}

namespace {

/// What a single run measured, with what it was measured on.
struct observed_estimate {
    estimate of{};
    std::uint64_t n = 0;
};

constexpr std::pair<std::string_view, double> percentile_names[]{
    {"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p999", 99.9}};

} // namespace

static std::optional<observed_estimate>
of_histogram(histogram_summary const& h, std::string_view point)
{
    if (h.hdr.empty()) return std::nullopt;
    auto const counts = traffic::histogram::decode(h.hdr);
    if (counts.has_error()) return std::nullopt;
    std::optional<estimate> found;
    if (point == "mean") found = mean_of(*counts);
    for (auto const& [name, percentile] : percentile_names) {
        if (name == point) found = percentile_of(*counts, percentile);
    }
    if (!found) return std::nullopt;
    return observed_estimate{*found, counts->count()};
}

// "latency.p95", "latency.users.read.p95": `middle` names the histogram.
static std::optional<observed_estimate> latency_in(run_result const& r, std::string_view metric)
{
    auto const last = metric.rfind('.');
    auto const point = metric.substr(last + 1);
    static constexpr std::string_view prefix = "latency.";
    if (last < prefix.size()) return of_histogram(r.latency, point);
    auto const middle = metric.substr(prefix.size(), last - prefix.size());
    for (auto const& op : r.operations) {
        if (op.name == middle) return of_histogram(op.latency, point);
    }
    return std::nullopt;
}

static std::optional<observed_estimate>
failures_in(std::uint64_t ok, std::map<std::string, std::uint64_t> const& errors, bool wants_ok)
{
    std::uint64_t failed = 0;
    for (auto const& [kind, n] : errors) failed += kind == "throttled" ? 0 : n;
    auto const share = share_of(wants_ok ? ok : failed, ok + failed);
    if (!share) return std::nullopt;
    return observed_estimate{*share, ok + failed};
}

static std::optional<observed_estimate> of_run(run_result const& r, std::string_view metric)
{
    bool const is_availability = metric.ends_with("availability");
    bool const is_share = is_availability || metric.ends_with("errors.rate");
    if (metric.starts_with("phase.")) {
        for (auto const& p : r.phases) {
            auto const own = fmt::format("phase.{}.", p.name);
            if (!metric.starts_with(own)) continue;
            if (is_share) return failures_in(p.ok, p.errors, is_availability);
            auto const rest = metric.substr(own.size());
            if (!rest.starts_with("latency.")) return std::nullopt;
            return of_histogram(p.latency, rest.substr(8));
        }
        return std::nullopt;
    }
    if (metric.starts_with("latency.")) return latency_in(r, metric);
    if (metric != "availability" && metric != "errors.rate") return std::nullopt;
    std::uint64_t ok = 0;
    std::map<std::string, std::uint64_t> errors;
    for (auto const& op : r.operations) {
        ok += op.ok;
        for (auto const& [kind, n] : op.errors) errors[kind] += n;
    }
    return failures_in(ok, errors, is_availability);
}

static std::vector<double> values_in(one_side side, std::string const& metric)
{
    std::vector<double> out;
    for (auto const& r : side) {
        auto const at = r.metrics.find(metric);
        if (at != r.metrics.end()) out.push_back(at->second);
    }
    return out;
}

static double mean_value(std::vector<double> const& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

static change_kind judged(metric_change const& m, double tolerance)
{
    if (!m.interval) return change_kind::open;
    auto const difference = m.after - m.before;
    bool const is_shown = m.interval->first > 0 || m.interval->second < 0;
    // A share near 0 or 1 may change little and mean much.
    bool const is_large =
        m.in == unit::share || std::abs(difference) > tolerance * std::abs(m.before);
    auto const good = better_when(m.name);
    if (!is_shown || !is_large || good == direction::neither) return change_kind::level;
    return (difference > 0) == (good == direction::higher) ? change_kind::better
                                                           : change_kind::worse;
}

static void find_interval(
    one_side before, one_side after, std::vector<double> const values[2], metric_change& m
)
{
    if (auto const d = difference_of(values[0], values[1])) {
        m.interval = {d->low, d->high};
        m.basis = fmt::format("{} and {} runs", values[0].size(), values[1].size());
        return;
    }
    if (before.size() != 1 || after.size() != 1) return;
    auto const a = of_run(before.front(), m.name);
    auto const b = of_run(after.front(), m.name);
    if (!a || !b) return;
    auto const d = difference_of(a->of, b->of);
    m.interval = {d.low, d.high};
    m.basis = fmt::format(
        "{} and {} requests",
        format_value(static_cast<double>(a->n), unit::count),
        format_value(static_cast<double>(b->n), unit::count)
    );
}

std::vector<metric_change> metric_changes(one_side before, one_side after, double tolerance)
{
    std::vector<metric_change> out;
    for (auto const& [name, ignored] : before.front().metrics) {
        std::vector<double> const values[]{values_in(before, name), values_in(after, name)};
        if (name.starts_with("baseline.")) continue;
        if (values[0].size() != before.size() || values[1].size() != after.size()) continue;
        metric_change m{.name = name};
        if (auto const* const known = find_metric(name)) m.in = known->in;
        m.before = mean_value(values[0]);
        m.after = mean_value(values[1]);
        find_interval(before, after, values, m);
        m.kind = judged(m, tolerance);
        out.push_back(std::move(m));
    }
    return out;
}

} // namespace watertight::verdict
