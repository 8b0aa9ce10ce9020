#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::object_update {

/// The owner reads twice (what changes by itself is no evidence), the intruder writes, the owner
/// reads again, and at last the owner writes and reads: only a request that has its effect when the
/// owner sends it would have shown one here.
struct trial {
    /// The canary that the intruder's request carried.
    probe::marks planted{};
    probe::exchange before{};
    probe::exchange before_again{};
    probe::exchange hostile{};
    probe::exchange after{};
    /// Once more, and later, if the owner was refused its object.
    probe::exchange after_again{};
    /// The owner's list after the hostile request, if there is one: a cached object may hide what
    /// was written under it.
    probe::exchange listed{};
    probe::exchange own_update{};
    probe::exchange at_last{};
    /// The canary of the owner's own request; empty if the request carries none.
    probe::marks own_planted{};
    /// By another verb than the scenario describes.
    bool is_derived = false;
    /// From where the intruder reached for it, in words.
    std::string_view way{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_update
