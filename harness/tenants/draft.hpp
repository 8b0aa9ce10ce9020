#pragma once

#include "harness/tenants/bench.hpp"
#include "harness/tenants/provision.hpp"

#include <limits>
#include <string>

namespace watertight::tenants {

/// Adds a tenant with its users to the population, attributes rendered, nothing sent.
/// @throws usage_error  for a template whose slot has no value.
target::tenant& draft_tenant(bench& b, std::string plan_name);
/// The same for one that is unlike the others.
target::tenant& draft_tenant(bench& b, further_tenant const& like);

/// Adds the users of the plan to a tenant that has none. Those to whom the plan gives no email,
/// password or name get one.
/// @param last_role_max  at most so many of the last entry of the plan.
void draft_users(
    bench& b, target::tenant& t, std::size_t last_role_max = std::numeric_limits<std::size_t>::max()
);

/// The entry of the plan that a user was drafted from; null for one that the plan does not make.
user_plan const* plan_of(plan const& how, target::actor const& a);

} // namespace watertight::tenants
