#pragma once

#include "harness/probe/reach.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::cache::neighbour_flood {

/// A number of INFO's answer: "maxmemory:4194304".
std::optional<std::uint64_t> info_number(std::string_view info, std::string_view name);
/// A text of it: "maxmemory_policy:allkeys-lru".
std::string info_text(std::string_view info, std::string_view name);

/// What became of one tenant's entries while another wrote and read a great deal.
struct trial {
    tenant_index victim{};
    tenant_index intruder{};
    /// A family of the victim's keys: "tenant:*:segment:*".
    std::string family{};
    std::string example{};
    std::string token{};
    /// The victim's entries before, those still there after a moment in which nobody did anything,
    /// and those after the flood.
    std::size_t before = 0;
    std::size_t after_rest = 0;
    std::size_t after_flood = 0;
    /// Objects that the intruder wrote and read, and keys that the server evicted meanwhile.
    std::size_t flood = 0;
    std::uint64_t evicted = 0;
    std::string reproduction{};
};

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::cache::neighbour_flood
