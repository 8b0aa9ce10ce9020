#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::foreign_schema {

/// A statement on a table of one tenant's schema, in another tenant's context.
struct attempt {
    /// "tenant_b.users".
    std::string table{};
    tenant_index victim{};
    tenant_index intruder{};
    /// "SELECT", "INSERT", "DELETE".
    std::string verb{};
    /// `table` is a bare name, which the tenant's own schema lacks.
    bool falls_through = false;
    /// The same statement on the intruder's own table of that name succeeds.
    bool control = false;
    bool succeeds = false;
    /// Rows that it showed or removed.
    std::uint64_t rows = 0;
    std::string token{};
    std::string reproduction{};
};

probe::conclusion judge(std::vector<attempt> const& attempts);

} // namespace watertight::probes::postgres::foreign_schema
