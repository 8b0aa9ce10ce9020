#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::cache::foreign_flush {

/// One key of the store that held a tenant's data before another tenant did something.
struct kept_key {
    std::string key{};
    std::string family{};
    tenant_index owner{};
    std::string token{};
    bool is_gone = false;
    /// Shows whether the key is there.
    std::string reproduction{};
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
