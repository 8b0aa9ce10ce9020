#pragma once

#include "harness/verdict/comparison.hpp"

namespace watertight::verdict {

/// The metrics that every run of both sides has, in order of name; see `compare`.
std::vector<metric_change> metric_changes(
    std::span<run_result const> before, std::span<run_result const> after, double tolerance
);

} // namespace watertight::verdict
