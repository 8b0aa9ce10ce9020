#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::cache::coalesced_read {

/// One path, just written and in no cache yet, asked for by several tenants in the same moment.
struct trial {
    /// "just after its creation".
    std::string when{};
    /// An intruder asks for something else of the victim's with nobody else at work: what that
    /// shows is shown without any coincidence.
    probe::exchange alone{};
    std::vector<probe::exchange> owners{};
    std::vector<probe::exchange> others{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::coalesced_read
