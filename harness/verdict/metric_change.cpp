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
of_histogram(histogram_summary const& h, std::string_view point, double confidence)
{
    if (h.hdr.empty()) return std::nullopt;
    auto const counts = traffic::histogram::decode(h.hdr);
    if (counts.has_error()) return std::nullopt;
    std::optional<estimate> found;
    if (point == "mean") found = mean_of(*counts, confidence);
    for (auto const& [name, percentile] : percentile_names) {
        if (name == point) found = percentile_of(*counts, percentile, confidence);
    }
    if (!found) return std::nullopt;
    return observed_estimate{*found, counts->count()};
}

// "latency.p95", "latency.users.read.p95": `middle` names the histogram.
static std::optional<observed_estimate>
latency_in(run_result const& r, std::string_view metric, double confidence)
{
    auto const last = metric.rfind('.');
    auto const point = metric.substr(last + 1);
    static constexpr std::string_view prefix = "latency.";
    if (last < prefix.size()) return of_histogram(r.latency, point, confidence);
    auto const middle = metric.substr(prefix.size(), last - prefix.size());
    for (auto const& op : r.operations) {
        if (op.name == middle) return of_histogram(op.latency, point, confidence);
    }
    return std::nullopt;
}

static std::optional<observed_estimate> failures_in(
    std::uint64_t ok,
    std::map<std::string, std::uint64_t> const& errors,
    bool wants_ok,
    double confidence
)
{
    std::uint64_t failed = 0;
    for (auto const& [kind, n] : errors) failed += kind == "throttled" ? 0 : n;
    auto const share = share_of(wants_ok ? ok : failed, ok + failed, confidence);
    if (!share) return std::nullopt;
    return observed_estimate{*share, ok + failed};
}

static std::optional<observed_estimate>
of_run(run_result const& r, std::string_view metric, double confidence)
{
    bool const is_availability = metric.ends_with("availability");
    bool const is_share = is_availability || metric.ends_with("errors.rate");
    if (metric.starts_with("phase.")) {
        for (auto const& p : r.phases) {
            auto const own = fmt::format("phase.{}.", p.name);
            if (!metric.starts_with(own)) continue;
            if (is_share) return failures_in(p.ok, p.errors, is_availability, confidence);
            auto const rest = metric.substr(own.size());
            if (!rest.starts_with("latency.")) return std::nullopt;
            return of_histogram(p.latency, rest.substr(8), confidence);
        }
        return std::nullopt;
    }
    if (metric.starts_with("latency.")) return latency_in(r, metric, confidence);
    if (metric != "availability" && metric != "errors.rate") return std::nullopt;
    std::uint64_t ok = 0;
    std::map<std::string, std::uint64_t> errors;
    for (auto const& op : r.operations) {
        ok += op.ok;
        for (auto const& [kind, n] : op.errors) errors[kind] += n;
    }
    return failures_in(ok, errors, is_availability, confidence);
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

namespace {

/// A metric on both sides, and how to tell its difference with any confidence.
struct pairing {
    one_side before;
    one_side after;
    std::string name;
    std::vector<double> values_before{};
    std::vector<double> values_after{};

    struct found {
        estimate of{};
        std::string basis{};
    };

    std::optional<found> difference(double confidence) const
    {
        if (auto const d = difference_of(values_before, values_after, confidence)) {
            return found{
                *d, fmt::format("{} and {} runs", values_before.size(), values_after.size())};
        }
        if (before.size() != 1 || after.size() != 1) return std::nullopt;
        auto const a = of_run(before.front(), name, confidence);
        auto const b = of_run(after.front(), name, confidence);
        if (!a || !b) return std::nullopt;
        auto const n = [](observed_estimate const& e) {
            return format_value(static_cast<double>(e.n), unit::count);
        };
        return found{difference_of(a->of, b->of), fmt::format("{} and {} requests", n(*a), n(*b))};
    }
};

} // namespace

static change_kind
judged(metric_change const& m, std::optional<pairing::found> const& wide, double tolerance)
{
    if (!wide) return change_kind::open;
    auto const difference = m.after - m.before;
    bool const is_shown = wide->of.low > 0 || wide->of.high < 0;
    // A share near 0 or 1 may change little and mean much.
    bool const is_large =
        m.in == unit::share || std::abs(difference) > tolerance * std::abs(m.before);
    auto const good = better_when(m.name);
    if (!is_shown || !is_large || good == direction::neither) return change_kind::level;
    return (difference > 0) == (good == direction::higher) ? change_kind::better
                                                           : change_kind::worse;
}

static metric_change measured(pairing const& p)
{
    metric_change m{.name = p.name};
    if (auto const* const known = find_metric(p.name)) m.in = known->in;
    m.before = mean_value(p.values_before);
    m.after = mean_value(p.values_after);
    if (auto const d = p.difference(usual_confidence)) {
        m.interval = {d->of.low, d->of.high};
        m.basis = d->basis;
    }
    return m;
}

double usual_tolerance(one_side before, one_side after)
{
    return before.size() > 1 && after.size() > 1 ? 0.05 : 0.25;
}

// What a scenario drives to warm up is not counted, and says nothing here either.
static bool is_of_warm_up(run_result const& r, std::string_view metric)
{
    return std::ranges::any_of(r.phases, [&](phase_outcome const& p) {
        return p.note.starts_with("warm-up") && metric.starts_with("phase." + p.name + ".");
    });
}

std::vector<metric_change> metric_changes(one_side before, one_side after, double tolerance)
{
    std::vector<pairing> pairs;
    std::vector<metric_change> out;
    std::size_t judgeable = 0;
    for (auto const& [name, ignored] : before.front().metrics) {
        pairing p{before, after, name, values_in(before, name), values_in(after, name)};
        if (name.starts_with("baseline.") || is_of_warm_up(before.front(), name)) continue;
        bool const is_everywhere =
            p.values_before.size() == before.size() && p.values_after.size() == after.size();
        if (!is_everywhere) continue;
        auto const m = measured(p);
        if (!std::isfinite(m.before) || !std::isfinite(m.after)) continue;
        out.push_back(m);
        judgeable += out.back().interval && better_when(name) != direction::neither ? 1 : 0;
        pairs.push_back(std::move(p));
    }
    // Of a hundred metrics of which none changed, five leave their 95 % intervals: what is judged
    // is judged by intervals that all hold together (Bonferroni).
    auto const together =
        1 - (1 - usual_confidence) / static_cast<double>(std::max<std::size_t>(judgeable, 1));
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i].kind = judged(out[i], pairs[i].difference(together), tolerance);
    }
    return out;
}

} // namespace watertight::verdict
