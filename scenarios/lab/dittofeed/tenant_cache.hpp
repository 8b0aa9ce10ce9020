#pragma once

#include "scenarios/lab/core/cached_entry.hpp"
#include "scenarios/lab/core/faults.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace watertight::lab::dittofeed {

/// TENANT_CACHE_TTL.
inline constexpr std::uint32_t cache_lifetime_s = 300;

/// The workspace's entry for one object of the kind that `prefix` names:
/// "tenant:<workspace>:segment:<id>".
cached_entry entry_for(
    cache& redis,
    fault_set const& faults,
    std::string_view workspace_id,
    std::string_view prefix,
    std::string_view id
);

/// What all keys of a workspace begin with.
std::string key_prefix(std::string_view workspace_id);

/// A workspace's view as a defect keeps it for a minute, by the workspace's name: K04 folds the
/// name's case, K02 puts the view's name behind it with what may stand in names, too.
/// @param view  empty for the workspace itself.
/// @return nothing where no such defect is on.
std::optional<cached_entry>
kept_view(cache& redis, fault_set const& faults, std::string const& slug, std::string_view view);

/// How often a workspace's look-ups found what they sought. Shared by all cores.
class look_up_book {
public:
    struct tally {
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
    };

    void add(std::string const& workspace_id, bool was_hit);
    tally of(std::string const& workspace_id) const;
    void forget(std::string const& workspace_id);

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, tally> by_workspace_;
};

} // namespace watertight::lab::dittofeed
