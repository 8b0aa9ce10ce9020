#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/store_scan.hpp"

namespace watertight::probes::lifecycle::purge {

/// What of a tenant one place holds: a table, a key family, a file tree, the API.
struct place {
    /// "postgres public.media", "redis tenant:*:user:*", "files", "GET /api/v1/users".
    std::string channel{};
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    std::string token{};
    std::string where{};
    std::string reproduction{};
};

/// One tenant's life: what was found of it before its removal and after.
struct trial {
    tenant_index tenant{};
    /// The removal's own failure; empty if it succeeded.
    std::string removal_failure{};
    std::vector<place> places{};
};

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::lifecycle::purge
