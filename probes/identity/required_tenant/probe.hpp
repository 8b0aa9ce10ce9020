#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::identity::required_tenant {

/// A tenant's request that names no tenant, or one that does not exist.
struct trial {
    /// "identity header X-Tenant-Id missing on GET /projects".
    std::string channel{};
    /// The same request as it ought to be.
    probe::exchange control{};
    probe::exchange nameless{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::identity::required_tenant
