#pragma once

#include "harness/probe/guests.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::orphaned_job {

/// A tenant that was removed while jobs of its own waited, and what is seen of them since.
struct trial {
    /// The jobs' creation.
    std::string channel{};
    tenant_index removed{};
    std::size_t started = 0;
    /// Why nothing could be tried; empty if it could.
    std::string failure{};
    /// The last one of the removed tenant's creations.
    probe::exchange example{};
    /// What the others' lists show, and what its own credentials still open.
    std::vector<probe::exchange> others{};
    std::vector<probe::exchange> own{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::lifecycle::orphaned_job
