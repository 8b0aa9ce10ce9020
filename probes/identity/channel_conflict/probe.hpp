#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::identity::channel_conflict {

/// The intruder's credentials beside an identity channel that names the victim.
struct trial {
    /// "identity header X-Tenant-ID vs token".
    std::string channel{};
    tenant_index victim{};
    probe::exchange hostile{};
    /// The same read by its rightful owner, the victim.
    probe::exchange control{};
    /// For writes: what the intruder planted, and what the victim saw afterwards.
    probe::marks planted{};
    std::vector<probe::exchange> victims_views{};
    /// The scenario does not name the channel: most targets know nothing of it.
    bool is_guess = false;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::identity::channel_conflict
