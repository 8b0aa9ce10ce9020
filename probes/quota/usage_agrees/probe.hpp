#pragma once

#include "harness/probe/guests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::quota::usage_agrees {

/// One figure of a tenant before and after so much was done, and of another that did nothing.
struct trial {
    std::string figure{};
    std::string at{};
    tenant_index doer{};
    tenant_index idler{};
    /// Why it could not be compared; empty if it could.
    std::string failure{};
    /// Two looks in a row, then what was done, then the look that agrees or the last one.
    probe::exchange first{};
    probe::exchange before{};
    std::uint64_t done = 0;
    probe::exchange after{};
    /// Looks since `before`, the last one included: a look may count as a request itself.
    std::uint64_t looks = 1;
    /// The other tenant: two looks before, one after.
    std::vector<probe::exchange> idle{};
};

/// By how much a figure moves with a look at it; nothing if it is no figure, or moves otherwise.
std::optional<std::int64_t>
step_of(probe::exchange const& first, probe::exchange const& second, std::string const& at);

/// Whether the last look shows what was done, and nothing else.
bool agrees(trial const& t);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::quota::usage_agrees
