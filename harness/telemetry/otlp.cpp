#include "harness/telemetry/otlp.hpp"

#include <nlohmann/json.hpp>

namespace watertight::telemetry {

using nlohmann::json;

// The protocol's AGGREGATION_TEMPORALITY_CUMULATIVE.
static constexpr int cumulative = 2;

static json attributes(labels const& all)
{
    auto out = json::array();
    for (auto const& [key, value] : all) {
        out.push_back({{"key", key}, {"value", {{"stringValue", value}}}});
    }
    return out;
}

static std::string nanoseconds(wall::time_point t)
{
    using std::chrono::duration_cast;
    return std::to_string(duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count());
}

static json data_point(family_kind kind, point const& p)
{
    json out{{"attributes", attributes(p.where)}};
    if (kind != family_kind::histogram) {
        out["asDouble"] = p.value;
        return out;
    }
    out["count"] = std::to_string(p.spread.count());
    out["sum"] = p.spread.sum;
    out["explicitBounds"] = p.spread.bounds;
    for (auto const n : p.spread.counts) out["bucketCounts"].push_back(std::to_string(n));
    return out;
}

static json metric(family const& f, wall::time_point begun, wall::time_point now)
{
    auto points = json::array();
    for (auto const& p : f.points) {
        auto one = data_point(f.kind, p);
        if (f.kind != family_kind::gauge) one["startTimeUnixNano"] = nanoseconds(begun);
        one["timeUnixNano"] = nanoseconds(now);
        points.push_back(std::move(one));
    }
    json data{{"dataPoints", std::move(points)}};
    if (f.kind != family_kind::gauge) data["aggregationTemporality"] = cumulative;
    if (f.kind == family_kind::counter) data["isMonotonic"] = true;
    json out{{"name", f.name}, {"unit", f.unit}, {"description", f.help}};
    static constexpr char const* forms[] = {"sum", "gauge", "histogram"};
    out[forms[static_cast<std::size_t>(f.kind)]] = std::move(data);
    return out;
}

std::string otlp_request(
    std::vector<family> const& all,
    labels const& about,
    wall::time_point begun,
    wall::time_point now
)
{
    auto metrics = json::array();
    for (auto const& f : all) {
        if (!f.points.empty()) metrics.push_back(metric(f, begun, now));
    }
    auto resource = about;
    resource.emplace_back("service.name", "watertight");
    json const scope{{"scope", {{"name", "watertight"}}}, {"metrics", std::move(metrics)}};
    json const one{
        {"resource", {{"attributes", attributes(resource)}}},
        {"scopeMetrics", json::array({scope})}};
    json const request{{"resourceMetrics", json::array({one})}};
    return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace watertight::telemetry
