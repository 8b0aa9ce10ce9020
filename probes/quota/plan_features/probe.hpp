#pragma once

#include "harness/probe/guests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::quota::plan_features {

/// One tenant of a plan, and what it is answered where plans differ.
struct trial {
    /// "feature analytics", "limit session".
    std::string what{};
    std::string plan{};
    tenant_index tenant{};
    probe::exchange answer{};
    /// Statuses by which a plan without it is refused.
    std::vector<target::status_range> refused{};
    /// For features: whether the plan has it.
    std::optional<bool> allowed{};
    /// For limits: where the number stands, and what it must be.
    std::string at{};
    std::int64_t number = 0;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::quota::plan_features
