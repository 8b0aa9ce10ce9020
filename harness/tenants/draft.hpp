#pragma once

#include "harness/tenants/bench.hpp"

#include <string>

namespace watertight::tenants {

/// Adds a tenant with its users to the population, attributes rendered, nothing sent.
/// @throws usage_error  for a template whose slot has no value.
target::tenant& draft_tenant(bench& b, std::string plan_name);

/// Adds the users of the plan to a tenant that has none. Those to whom the plan gives no email,
/// password or name get one.
void draft_users(bench& b, target::tenant& t);

/// The entry of the plan that a user was drafted from; null for one that the plan does not make.
user_plan const* plan_of(plan const& how, target::actor const& a);

} // namespace watertight::tenants
