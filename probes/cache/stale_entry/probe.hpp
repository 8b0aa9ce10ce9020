#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::cache::stale_entry {

/// An object read until every cache has it, then changed (or removed), then read again until the
/// time that the scenario allows is over.
struct trial {
    bool removed = false;
    probe::marks old_canary{};
    probe::marks new_canary{};
    probe::exchange warm{};
    probe::exchange change{};
    /// The last reading, taken when the allowed time was over unless an earlier one was right.
    probe::exchange after{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::stale_entry
