#pragma once

#include "scenarios/lab/mis/call.hpp"

namespace watertight::lab::mis {

/// The SQL expression that makes a medium's JSON, from a row of `media`.
std::string media_item(fault_set const& faults);

/// Which medium a statement may touch: $1 is the tenant, $2 the id.
constexpr char const* own_medium = "tenant_id = $1 AND id = $2";
/// The same without the tenant, for defects.
constexpr char const* anybodys_medium = "$1::uuid IS NOT NULL AND id = $2";

} // namespace watertight::lab::mis
