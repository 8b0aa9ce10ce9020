#pragma once

#include "harness/drill/catalogue.hpp"

#include <map>
#include <string>
#include <string_view>

namespace watertight::drill {

/// Facts of references that no constraint declares, but their names tell ("project_id" beside a
/// table "projects"), begin like this. They count only where they held before.
inline constexpr char const* undeclared_reference = "references of: ";
/// Facts of references between rows that name a tenant each: whether it is the same one. They, too,
/// count only where they held before.
inline constexpr char const* tenants_reference = "references within a tenant of: ";
inline constexpr char const* leads_astray = "some rows lead to a row of another tenant";

/// Facts of how far sequences have come that fill no column. They may go on, and not back.
inline constexpr char const* sequence_position = "position of: sequence ";

inline bool counts_only_where_it_held(std::string_view fact) noexcept
{
    return fact.starts_with(undeclared_reference) || fact.starts_with(tenants_reference);
}

/// "public.users" to the column that names its tenant.
using named_tenant_columns = std::map<std::string, std::string>;

/// Adds to `out` what no definition tells: sequences of which the next value is taken already, how
/// far others have come,
/// declared references that lead nowhere (a constraint that was not checked), and whether those
/// hold that names alone tell.
///
/// @param db  in a transaction; what cannot be seen for want of privileges is left out and named.
asio::awaitable<result<void>>
read_standing(stores::postgres& db, named_tenant_columns tenants, catalogue& out);

} // namespace watertight::drill
