#pragma once

#include "harness/probe/targets.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::sweep {

/// What one tenant is shown of a work that was done for all.
struct look {
    probe::exchange before{};
    probe::exchange after{};
};

struct trial {
    /// "digests".
    std::string name{};
    /// The view's channel.
    std::string channel{};
    /// What set the work going, for the last time.
    probe::exchange run{};
    std::vector<look> looks{};
};

/// Whether an answer holds more than another one of the same tenant's.
bool has_grown(probe::exchange const& before, probe::exchange const& after);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::lifecycle::sweep
