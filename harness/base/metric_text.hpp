#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight {

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// One sample with its line's end, in what Prometheus' text format 0.0.4 and OpenMetrics 1.0 have
/// in common. Values of labels may be any text: what would end them is escaped.
std::string metric_sample(std::string_view name, metric_labels const& labels, double value);

} // namespace watertight
