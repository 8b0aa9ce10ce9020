#include "harness/probe/forecast.hpp"

#include "harness/base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probe {

std::uint64_t expected_requests(target::model const& m, std::size_t pairs, std::size_t probes)
{
    // Measured: for each probe, operation and pair. Most probes content themselves with a few
    // pairs.
    static constexpr double each = 3.5;
    static constexpr std::size_t pairs_max = 4;
    auto operations = m.operations.size();
    for (auto const& r : m.resources) {
        for (auto const* const op : {&r.create, &r.read, &r.list, &r.update, &r.remove}) {
            operations += op->has_value() ? 1 : 0;
        }
        operations += r.others.size();
    }
    auto const all = static_cast<double>(operations * std::min(pairs, pairs_max) * probes);
    return static_cast<std::uint64_t>(each * all);
}

std::string forecast(pace_so_far const& p)
{
    static constexpr std::chrono::nanoseconds soon = std::chrono::minutes{15};
    if (p.sent == 0 || p.expected <= p.sent || p.elapsed.count() <= 0) return {};
    auto const each = p.elapsed / static_cast<std::int64_t>(p.sent);
    auto const left = each * static_cast<std::int64_t>(p.expected - p.sent);
    if (left < soon) return {};
    return fmt::format(
        "{} a request, so far: the probes may take about {}. Shorter: `tenants.count: 2`, "
        "`probes.pairs_max: 2`, fewer resources, or a part of the probes by `--only`; a greater "
        "`probes.concurrency` where the target works on several requests at once. If it checks a "
        "password with each request, a cheaper hash or a log-in that gives a token.",
        human(each),
        human(left)
    );
}

} // namespace watertight::probe
