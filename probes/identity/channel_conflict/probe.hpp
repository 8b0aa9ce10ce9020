#pragma once

#include "harness/probe/targets.hpp"

namespace watertight::probes::identity::channel_conflict {

/// The intruder's credentials beside an identity channel that names the victim.
struct trial {
    /// "identity header X-Tenant-ID vs token".
    std::string channel{};
    tenant_index victim{};
    probe::exchange hostile{};
    /// The same read by its rightful owner, the victim.
    probe::exchange control{};
    /// For writes: what the intruder planted, and the victim's list afterwards.
    std::string planted{};
    std::optional<probe::exchange> victims_list{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::identity::channel_conflict
