#include "harness/cli/live.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace watertight::cli {

static std::string_view variable(char const* name)
{
    auto const* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

// The variables that every sender of OTLP knows; the receiver itself is named on the command line
// alone, so that no environment makes a run talk to another host.
static telemetry::exports exports_of(run_options const& o)
{
    telemetry::exports out;
    out.listen = o.metrics_listen;
    out.otlp = o.otlp;
    out.otlp_headers = variable("OTEL_EXPORTER_OTLP_HEADERS");
    auto const interval = variable("OTEL_METRIC_EXPORT_INTERVAL");
    unsigned ms = 0;
    auto const read = std::from_chars(interval.data(), interval.data() + interval.size(), ms);
    if (read.ec == std::errc{} && ms > 0) out.interval = std::chrono::milliseconds{ms};
    return out;
}

live_metrics::live_metrics(run_state& s, telemetry::told_progress& told) : state_{s}, told_{told}
{
    auto const& o = s.options;
    if (o.metrics_listen.empty() && o.otlp.empty()) return;
    auto const& r = s.result;
    board_ = std::make_unique<telemetry::board>(telemetry::labels{
        {"scenario", r.scenario_name},
        {"run_id", r.run_id},
        {"version", r.tool_version},
        {"target", r.target}});
    service_ = std::make_unique<telemetry::service>(*board_, exports_of(o));
    if (auto const place = service_->address(); !place.empty()) {
        told.note("live metrics at " + place);
    }
    s.live = board_.get();
    told.tell(board_.get());
}

live_metrics::~live_metrics()
{
    state_.live = nullptr;
    told_.tell(nullptr);
    if (!service_) return;
    auto const failures = service_->finish();
    if (!failures.empty()) told_.note("live metrics: " + failures);
}

} // namespace watertight::cli
