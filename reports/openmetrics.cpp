// One text that is both OpenMetrics 1.0 and Prometheus' format 0.0.4, for a push gateway or a file
// that a collector reads. The two differ in counters and know no `info` in common, so that all but
// the summary are gauges: a run that has ended counts no further.

#include "harness/base/metric_text.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <set>

namespace watertight::reports {

namespace {

/// Families one after another; a sample whose labels were there already is left out, because a
/// second one would make the whole text unreadable.
class exposition {
public:
    void family(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = name;
        seen_.clear();
        text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
    }

    /// `suffix` goes behind the family's name: "_sum" of a summary.
    void sample(std::string_view suffix, metric_labels labels, double value)
    {
        for (auto& label : labels) label.second = visible(label.second);
        auto line = metric_sample(name_ + std::string{suffix}, labels, value);
        if (seen_.insert(line.substr(0, line.rfind(' '))).second) text_ += line;
    }

    std::string take() { return std::move(text_) + "# EOF\n"; }

private:
    std::string text_;
    std::string name_;
    std::set<std::string> seen_;
};

} // namespace

static void add_run(verdict::run_result const& r, exposition& out)
{
    out.family("watertight_run_info", "gauge", "The run that these samples are of.");
    out.sample(
        "",
        {{"scenario", r.scenario_name},
         {"run_id", r.run_id},
         {"outcome", std::string{to_string(r.outcome)}},
         {"version", r.tool_version},
         {"target", r.target}},
        1
    );
    out.family("watertight_run_duration_seconds", "gauge", "How long the run took.");
    out.sample("", {}, r.duration_s);
    if (auto const begun = parse_rfc3339(r.started_at)) {
        out.family("watertight_run_started_seconds", "gauge", "When it began, since the epoch.");
        out.sample("", {}, std::chrono::duration<double>(begun->time_since_epoch()).count());
    }
    out.family("watertight_passed", "gauge", "1 if all criteria were met.");
    out.sample("", {}, r.outcome == verdict::overall::passed ? 1 : 0);
}

static void add_verdicts(verdict::run_result const& r, exposition& out)
{
    out.family("watertight_criterion_met", "gauge", "1: met or attested, 0: not; NaN: undecided.");
    for (auto const& c : r.criteria) {
        using verdict::criterion_status;
        bool const met =
            c.status == criterion_status::met || c.status == criterion_status::attested;
        bool const known = met || c.status == criterion_status::not_met;
        out.sample("", {{"criterion", c.id}}, known ? (met ? 1 : 0) : NAN);
    }
    std::map<std::string, double> probes;
    for (auto const& p : r.probes) ++probes[std::string{to_string(p.status)}];
    out.family("watertight_probes", "gauge", "Probes by what they concluded.");
    for (auto const& [status, n] : probes) out.sample("", {{"status", status}}, n);
    std::map<std::array<std::string, 3>, double> found;
    for (auto const& f : r.findings) {
        ++found[{
            std::string{to_string(f.kind)},
            std::string{to_string(f.level)},
            is_waived(r, f) ? "true" : "false"}];
    }
    out.family("watertight_findings", "gauge", "Distinct findings.");
    for (auto const& [by, n] : found) {
        out.sample("", {{"guarantee", by[0]}, {"severity", by[1]}, {"waived", by[2]}}, n);
    }
}

static void add_requests(verdict::run_result const& r, exposition& out)
{
    out.family("watertight_requests", "gauge", "Requests under load by how they ended.");
    for (auto const& o : r.operations) {
        auto const sample = [&](std::string const& how, std::uint64_t n) {
            out.sample("", {{"operation", o.name}, {"result", how}}, static_cast<double>(n));
        };
        sample("ok", o.ok);
        for (auto const& [kind, n] : o.errors) sample(kind, n);
    }
    out.family("watertight_request_duration_seconds", "summary", "Latency under load.");
    for (auto const& o : r.operations) {
        auto const seconds = [](double us) { return us / 1e6; };
        std::pair<char const*, std::uint64_t> const points[]{
            {"0.5", o.latency.p50_us},
            {"0.9", o.latency.p90_us},
            {"0.95", o.latency.p95_us},
            {"0.99", o.latency.p99_us},
            {"0.999", o.latency.p999_us}};
        for (auto const& [quantile, us] : points) {
            out.sample(
                "",
                {{"operation", o.name}, {"quantile", quantile}},
                seconds(static_cast<double>(us))
            );
        }
        auto const n = static_cast<double>(o.latency.n);
        out.sample("_count", {{"operation", o.name}}, n);
        out.sample("_sum", {{"operation", o.name}}, seconds(o.latency.mean_us * n));
    }
}

std::string openmetrics(verdict::run_result const& r)
{
    exposition out;
    add_run(r, out);
    add_verdicts(r, out);
    add_requests(r, out);
    if (r.drill.ran) {
        out.family(
            "watertight_drill_phase_seconds", "gauge", "How long a phase of the drill took."
        );
        for (auto const& p : r.drill.phases) out.sample("", {{"phase", p.name}}, p.duration_s);
    }
    out.family("watertight_metric", "gauge", "Every metric that criteria may name.");
    for (auto const& [name, value] : r.metrics) out.sample("", {{"name", name}}, value);
    return out.take();
}

} // namespace watertight::reports
