#pragma once

#include "harness/verdict/run_comparison.hpp"

#include <string>
#include <vector>

// How the metrics of a comparison are told, at the terminal and on the page.

namespace watertight::reports {

/// A difference of shares in points, of other values as a share of the earlier one: "+12.3%".
std::string difference_text(double by, verdict::metric_change const& m);
/// "+9.1% to +15.0%", or "no interval".
std::string interval_text(verdict::metric_change const& m);

/// What got worse, then what got better, then what a reader looks for even where nothing changed;
/// at last, if `all`, the others.
std::vector<verdict::metric_change const*>
telling_metrics(verdict::run_comparison const& c, bool all);

} // namespace watertight::reports
