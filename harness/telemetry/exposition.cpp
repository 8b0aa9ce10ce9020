#include "harness/telemetry/exposition.hpp"

#include "harness/base/metric_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::telemetry {

dialect dialect_for(std::string_view accept)
{
    auto const wants = accept.find("application/openmetrics-text") != accept.npos;
    return wants ? dialect::openmetrics : dialect::prometheus;
}

std::string_view content_type(dialect d)
{
    return d == dialect::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                     : "text/plain; version=0.0.4; charset=utf-8";
}

static std::string name_of(family const& f)
{
    auto name = f.name;
    std::ranges::replace(name, '.', '_');
    if (f.unit == "s") name += "_seconds";
    return name;
}

static std::string buckets(std::string const& name, point const& p)
{
    std::string out;
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < p.spread.counts.size(); ++i) {
        so_far += p.spread.counts[i];
        auto where = p.where;
        auto const is_last = i == p.spread.bounds.size();
        where.emplace_back("le", is_last ? "+Inf" : fmt::format("{}", p.spread.bounds[i]));
        out += metric_sample(name + "_bucket", where, static_cast<double>(so_far));
    }
    out += metric_sample(name + "_sum", p.where, p.spread.sum);
    return out + metric_sample(name + "_count", p.where, static_cast<double>(so_far));
}

static std::string written(family const& f, dialect d)
{
    static constexpr std::string_view kinds[] = {"counter", "gauge", "histogram"};
    auto const name = name_of(f);
    auto const total = f.kind == family_kind::counter ? name + "_total" : name;
    // Prometheus' own format names a counter by its sample, OpenMetrics by its family.
    auto const& head = d == dialect::prometheus ? total : name;
    auto const kind = kinds[static_cast<std::size_t>(f.kind)];
    auto out = fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", head, kind, f.help);
    for (auto const& p : f.points) {
        out += f.kind == family_kind::histogram ? buckets(name, p)
                                                : metric_sample(total, p.where, p.value);
    }
    return out;
}

std::string exposition(std::vector<family> const& all, labels const& about, dialect d)
{
    auto const is_open = d == dialect::openmetrics;
    auto out = fmt::format(
        "# HELP {0} The run that these samples are of.\n# TYPE {0} {1}\n",
        is_open ? "watertight_run" : "watertight_run_info",
        is_open ? "info" : "gauge"
    );
    out += metric_sample("watertight_run_info", about, 1);
    for (auto const& f : all) out += written(f, d);
    return is_open ? out + "# EOF\n" : out;
}

} // namespace watertight::telemetry
