#pragma once

#include "harness/probe/reach.hpp"

#include <string>

namespace watertight::probes::api::twin_numbers {

/// A tenant changes or removes its own object; another tenant has one of the same number.
struct trial {
    /// "changed", "removed".
    std::string did{};
    /// Whose the other object is, and what of it was looked at: "it", "its notes".
    tenant_index victim{};
    std::string what{};
    probe::exchange hostile{};
    /// The victim's view before and after, and the canary that it must go on showing.
    probe::exchange before{};
    probe::exchange after{};
    probe::marks kept{};
    /// What the intruder wrote into its own.
    probe::marks written{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::twin_numbers
