#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/store_scan.hpp"

namespace watertight::probes::cache::unscoped_key {

/// An object that nobody has read yet: the intruder asks while the cache is cold, the owner warms
/// it, the intruder asks again.
struct api_trial {
    probe::exchange cold{};
    probe::exchange first{};
    probe::exchange second{};
    probe::exchange warm{};
};

/// A key that holds somebody's canary.
struct key_trial {
    std::string key{};
    std::string family{};
    tenant_index owner{};
    std::string token{};
    /// The key names its owner, as the scenario says keys do.
    bool names_owner = false;
    /// It names another tenant of the run instead.
    std::optional<tenant_index> names_other{};
    std::string reproduction{};
};

/// @param sees_store  the cache itself was scanned.
probe::conclusion
judge(std::vector<api_trial> const& reads, std::vector<key_trial> const& keys, bool sees_store);
probe::unit unit();

} // namespace watertight::probes::cache::unscoped_key
