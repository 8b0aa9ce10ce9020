#pragma once

#include "harness/verdict/result.hpp"

#include <string>

namespace watertight::reports::sections {

/// Latency and failures over time, and under them each phase with its steps, on one axis; the
/// failure and its detection are marked through all of it.
std::string drill_chart(verdict::drill_outcome const& d);

} // namespace watertight::reports::sections
