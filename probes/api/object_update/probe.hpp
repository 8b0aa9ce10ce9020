#pragma once

#include "harness/probe/targets.hpp"

namespace watertight::probes::api::object_update {

/// The owner reads twice (what changes by itself is no evidence), the intruder writes, the owner
/// reads again, and at last the owner writes: only a request that works for the owner can show that
/// it was refused to the intruder.
struct trial {
    /// The canary that the intruder's request carried.
    std::string planted{};
    std::uint64_t planted_number = 0;
    probe::exchange before{};
    probe::exchange before_again{};
    probe::exchange hostile{};
    probe::exchange after{};
    probe::exchange own_update{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_update
