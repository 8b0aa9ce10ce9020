#pragma once

#include "harness/telemetry/family.hpp"

#include <string>
#include <string_view>

namespace watertight::telemetry {

/// What a scraper reads: Prometheus' text format 0.0.4, or OpenMetrics 1.0.
enum class dialect { prometheus, openmetrics };

/// The one that an Accept header asks for.
dialect dialect_for(std::string_view accept);
std::string_view content_type(dialect d);

/// All families with their points; `about` is told once, as target information.
std::string exposition(std::vector<family> const& all, labels const& about, dialect d);

} // namespace watertight::telemetry
