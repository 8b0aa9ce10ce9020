#pragma once

#include "harness/base/clock.hpp"
#include "harness/telemetry/family.hpp"

#include <string>

namespace watertight::telemetry {

/// An ExportMetricsServiceRequest of OTLP 1.x in its JSON form (64-bit numbers are strings), all
/// sums and histograms cumulative since `begun`. Families without a point are left out.
std::string otlp_request(
    std::vector<family> const& all,
    labels const& about,
    wall::time_point begun,
    wall::time_point now
);

} // namespace watertight::telemetry
