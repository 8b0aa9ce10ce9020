#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/redis_scan.hpp"

#include <chrono>

namespace watertight::probes::cache::foreign_flush {

/// One key of the store that held a tenant's data before another tenant did something.
struct kept_key {
    probe::redis_place at{};
    std::string family{};
    tenant_index owner{};
    std::string token{};
    bool is_gone = false;
    /// Shows whether the key is there.
    std::string reproduction{};
    /// When it goes by itself.
    std::chrono::steady_clock::time_point expires = std::chrono::steady_clock::time_point::max();
};

struct trial {
    /// "DELETE /tenants/{tenant.id}", what was done.
    std::string event{};
    tenant_index by{};
    /// Empty if it was done.
    std::string failure{};
    std::vector<kept_key> keys{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::foreign_flush
