#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/redis_scan.hpp"

namespace watertight::probes::cache::unscoped_key {

/// An object that nobody has read yet: the intruder asks while the cache is cold, the owner warms
/// it, the intruder asks again.
struct api_trial {
    probe::exchange cold{};
    probe::exchange first{};
    probe::exchange second{};
    probe::exchange warm{};
};

/// Keys of a family that hold the canary of one tenant, and one of them.
struct key_trial {
    std::string key{};
    std::string family{};
    tenant_index owner{};
    std::string token{};
    std::uint64_t count = 1;
    /// The key names its owner, as the scenario says keys do.
    bool names_owner = false;
    /// The scenario says nothing of how keys name their tenant: a name that is not seen may stand
    /// there all the same, hashed or as an id that the target gave.
    bool is_guessed = false;
    /// It names another tenant of the run instead.
    std::optional<tenant_index> names_other{};
    std::string reproduction{};
};

/// Whether the headers of any answer say that a cache gave it.
bool tells_of_cache(std::vector<api_trial> const& reads);

/// @param sees_store  the cache itself was scanned.
probe::conclusion
judge(std::vector<api_trial> const& reads, std::vector<key_trial> const& keys, bool sees_store);
probe::unit unit();

} // namespace watertight::probes::cache::unscoped_key
