#pragma once

#include "harness/probe/conclusion.hpp"

#include <string>
#include <vector>

namespace watertight::probes::postgres::large_objects {

/// What the application's role reads of large objects in a tenant's context.
struct trial {
    tenant_index intruder{};
    /// Objects that it could read, and that it could not.
    std::uint64_t read = 0;
    std::uint64_t refused = 0;
    /// Other tenants' tokens out of protected tables.
    std::vector<evidence::sighting> tokens{};
    std::string reproduction{};
};

probe::conclusion judge(trial const& t);

} // namespace watertight::probes::postgres::large_objects
