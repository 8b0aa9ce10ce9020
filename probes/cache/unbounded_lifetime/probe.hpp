#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/redis_scan.hpp"

#include <cstdint>

namespace watertight::probes::cache::unbounded_lifetime {

/// A key that holds somebody's canary.
struct trial {
    std::string family{};
    tenant_index owner{};
    std::string token{};
    /// Seconds until it goes; -1: never.
    std::int64_t ttl_s = -1;
    std::string reproduction{};
};

/// @param lifetime_max_s  the longest that the scenario allows.
probe::conclusion judge(std::vector<trial> const& keys, std::int64_t lifetime_max_s);
probe::unit unit();

} // namespace watertight::probes::cache::unbounded_lifetime
