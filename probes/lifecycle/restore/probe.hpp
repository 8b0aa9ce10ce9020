#pragma once

#include "harness/probe/guests.hpp"
#include "harness/probe/planting.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::restore {

/// An object at the time of one tenant's restore, and what its owner saw of it.
struct keeping {
    /// "an object that was made after the backup", for people.
    std::string what{};
    tenant_index owner{};
    probe::marks canary{};
    std::vector<probe::exchange> before{};
    std::vector<probe::exchange> after{};
};

/// One tenant's backup, brought back while another tenant went on.
struct trial {
    std::string channel{};
    tenant_index restored{};
    tenant_index other{};
    /// Why nothing could be tried; empty if it could.
    std::string failure{};
    probe::exchange taken{};
    probe::exchange brought_back{};
    /// The restored tenant's object of before the backup, which was changed or removed since: it
    /// is back if the restore did anything.
    keeping returned{};
    /// The other tenant's: none of them may be touched.
    std::vector<keeping> others{};
    /// The other tenant's attempt to bring back the first one's backup, and what both see then.
    probe::exchange hostile{};
    std::vector<probe::exchange> intruders_views{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::lifecycle::restore
