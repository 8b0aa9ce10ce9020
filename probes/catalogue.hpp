#pragma once

#include "harness/probe/context.hpp"

#include <vector>

namespace watertight::probes {

/// Every probe, in order of layer and name. Made from the folder listing at build time.
std::vector<probe::unit> catalogue();

} // namespace watertight::probes
