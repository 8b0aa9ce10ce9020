#pragma once

#include "harness/probe/guests.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::recreated {

/// A tenant that was removed, and one that was made under its name afterwards.
struct trial {
    tenant_index former{};
    tenant_index heir{};
    /// What both are called.
    std::string name{};
    /// Why it could not be tried; empty if it was.
    std::string failure{};
    /// What the former one was shown before it went: the control of each read, by channel.
    std::vector<probe::exchange> before{};
    /// What the heir is shown, by its own lists and by the former's ids.
    std::vector<probe::exchange> inherited{};
    /// What the former's sessions and log-ins are shown once the heir is there.
    std::vector<probe::exchange> returned{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::lifecycle::recreated
