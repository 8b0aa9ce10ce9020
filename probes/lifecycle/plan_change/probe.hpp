#pragma once

#include "harness/probe/guests.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::plan_change {

/// One read of the tenant's before the change (twice, so that what moves by itself is known) and
/// after it.
struct trial {
    probe::exchange before{};
    probe::exchange again{};
    probe::exchange after{};
    /// A list, of which only the objects in it are compared.
    bool is_list = false;
};

struct change {
    tenant_index tenant{};
    std::string from{};
    std::string to{};
    /// Why it could not be tried; empty if it was.
    std::string failure{};
    probe::exchange done{};
    std::vector<trial> reads{};
    /// What was sent while it was under way.
    std::vector<probe::exchange> meanwhile{};
};

/// What of the tenant's own an answer showed before and does not after; empty if nothing is gone.
std::string lost(trial const& t);

probe::conclusion judge(std::vector<change> const& changes);
probe::unit unit();

} // namespace watertight::probes::lifecycle::plan_change
