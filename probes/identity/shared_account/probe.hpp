#pragma once

#include "harness/probe/planting.hpp"

#include <string>
#include <vector>

namespace watertight::probes::identity::shared_account {

/// What an account of two tenants was shown by one session while it worked in one of them.
struct look {
    tenant_index in{};
    tenant_index other{};
    /// "just after working in the other", "while it worked in the other, too".
    std::string when{};
    probe::exchange answer{};
};

/// What it made in one of them, and where that stands.
struct creation {
    tenant_index in{};
    tenant_index other{};
    probe::marks canary{};
    probe::exchange made{};
    /// The list of each tenant, as a user sees it who belongs to no other.
    probe::exchange in_list{};
    probe::exchange other_list{};
};

struct trial {
    /// Each tenant at the session's first turn there: nothing of the other was asked for yet, or
    /// the other alone.
    std::vector<look> looks{};
    std::vector<creation> creations{};
};

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::identity::shared_account
