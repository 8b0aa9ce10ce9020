#pragma once

#include "harness/verdict/result.hpp"

#include <map>
#include <string>

namespace watertight::verdict {

/// What follows from a drill; nothing if none ran.
void add_drill_metrics(run_result const& r, std::map<std::string, double>& out);

} // namespace watertight::verdict
