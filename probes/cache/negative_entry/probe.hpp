#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::cache::negative_entry {

/// An object that a stranger asked for before its owner did.
struct trial {
    std::string channel{};
    tenant_index victim{};
    /// What the object in question holds, and what the control's does.
    probe::marks canary{};
    probe::marks control_canary{};
    /// The owner's read of another new object, which nobody asked for before.
    probe::exchange control{};
    /// The stranger's requests, the last of them.
    probe::exchange stranger{};
    /// The owner's read afterwards, and once more.
    probe::exchange owner{};
    probe::exchange again{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::negative_entry
