#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <vector>

namespace watertight::probes::api::event_stream {

/// One who listens while both tenants write.
struct listening {
    /// "as itself", "naming the other tenant", "without credentials".
    std::string how{};
    bool is_nobody = false;
    /// What was told before either had written, and all in all.
    probe::exchange at_first{};
    probe::exchange at_last{};
    /// What was told until both had changed and removed what they had written.
    probe::exchange at_end{};
};

/// A victim and an intruder listen, each in its own name; others in the victim's. Then both write.
struct trial {
    std::string channel{};
    tenant_index victim{};
    /// Whether the event about one's own write came, within the time that the scenario grants.
    bool victim_was_told = false;
    bool intruder_was_told = false;
    /// What kept one of the two from listening as itself; empty: nothing.
    std::string trouble{};
    probe::exchange victims_own{};
    std::vector<listening> others{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::event_stream
