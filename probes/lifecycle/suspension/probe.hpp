#pragma once

#include "harness/probe/guests.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::suspension {

/// One way to the tenant's data while it is in service and out of it.
struct trial {
    /// "suspended", "cancelled", "reactivated".
    std::string state{};
    /// "GET /notes by header X-Tenant, session".
    std::string way{};
    probe::exchange before{};
    /// The request that changed the state.
    probe::exchange changed{};
    probe::exchange after{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::lifecycle::suspension
