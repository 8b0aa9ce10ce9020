#include "reports/metric_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace watertight::reports {

using verdict::change_kind;
using verdict::metric_change;
using verdict::run_comparison;
using verdict::unit;

std::string difference_text(double by, metric_change const& m)
{
    if (m.in == unit::share) return fmt::format("{:+.2f} pt", 100 * by);
    if (m.in == unit::percent) return fmt::format("{:+.2f} pt", by);
    if (m.before == 0 || m.in == unit::flag) return fmt::format("{:+.4g}", by);
    return fmt::format("{:+.1f}%", 100 * by / std::abs(m.before));
}

std::string interval_text(metric_change const& m)
{
    if (!m.interval) return "no interval";
    return fmt::format(
        "{} to {}", difference_text(m.interval->first, m), difference_text(m.interval->second, m)
    );
}

// What a reader looks for even where nothing changed.
static bool is_key_metric(std::string_view name)
{
    static constexpr std::string_view keys[]{
        "availability", "latency.p50", "latency.p95", "latency.p99", "throughput.achieved"};
    return std::ranges::find(keys, name) != std::end(keys);
}

std::vector<metric_change const*> telling_metrics(run_comparison const& c, bool all)
{
    std::vector<metric_change const*> out;
    for (auto const& m : c.metrics) {
        bool const is_judged = m.kind == change_kind::worse || m.kind == change_kind::better;
        if (all || is_judged || is_key_metric(m.name)) out.push_back(&m);
    }
    std::ranges::stable_sort(out, {}, [](metric_change const* m) {
        return m->kind == change_kind::worse ? 0 : m->kind == change_kind::better ? 1 : 2;
    });
    return out;
}

} // namespace watertight::reports
