#pragma once

#include "harness/probe/reach.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::cache::shared_lock {

/// A key that a command of the store sets only where it is not there yet: SET ... NX, SETNX.
/// @param line  one of MONITOR's.
std::optional<std::string> key_of_lock(std::string_view line);

/// One operation, sent by two tenants, and what was seen of a lock that both ask for.
struct trial {
    /// "POST /tenants/{tenant.id}/export".
    std::string channel{};
    tenant_index victim{};
    tenant_index intruder{};
    /// Why nothing was seen; empty: both were answered, and the store's commands were heard.
    std::string why_not{};
    /// The key that requests of both tenants set; empty: they share none.
    std::string key{};
    /// How often it was asked for while several requests of the one and one of the other were under
    /// way, and how many those requests were. More than that: somebody found it taken.
    std::uint64_t asked = 0;
    std::uint64_t requests = 0;
    /// The victim's request alone and in that company, in turn.
    std::vector<double> alone_ms{};
    std::vector<double> in_company_ms{};
    std::string reproduction{};
    /// The last one of each.
    probe::exchange alone{};
    probe::exchange in_company{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::shared_lock
