#pragma once

#include "harness/lint/unit.hpp"
#include "harness/probe/context.hpp"

#include <vector>

namespace watertight::probes {

/// Every probe, in order of layer and name. Made from the folder listing at build time.
std::vector<probe::unit> catalogue();

/// Every lint, likewise. @throws run_error for a probe.sql that is not written as it must be.
std::vector<lint::postgres_unit> postgres_lints();
std::vector<lint::redis_unit> redis_lints();
std::vector<lint::mongo_unit> mongo_lints();

} // namespace watertight::probes
