#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::policy_escape {

/// One way out of a tenant's context, tried with SQL that the application's role may send.
struct attempt {
    /// "SET ROLE owner", "DISABLE ROW LEVEL SECURITY", "INSERT into public.memberships", "a second
    /// membership in public.memberships".
    std::string way{};
    std::string table{};
    tenant_index intruder{};
    bool answered = false;
    /// Whose rows it led to, if anybody else's.
    std::optional<tenant_index> victim{};
    std::string reproduction{};
    /// The victim is the one who tried: it no longer reads its own rows.
    bool loses_own = false;
    std::string failure{};
};

/// @param control  the tenant sees its own rows, and its own alone, before.
probe::conclusion judge(std::vector<attempt> const& attempts, bool control);

} // namespace watertight::probes::postgres::policy_escape
