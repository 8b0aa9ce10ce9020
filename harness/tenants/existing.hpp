#pragma once

#include "harness/tenants/bench.hpp"

#include <string>
#include <vector>

namespace watertight::tenants {

/// Adds the tenants of a file (JSON or YAML) to the population, as foreign ones: the run never
/// removes them. The file holds a list, or {tenants: [...]}, of
///
///     {slug, id, name, plan, <attribute>..., users: [{role, cookies, <attribute>...}],
///      objects: {<resource>: [{id, <attribute>...}]}}
///
/// where `slug` alone is needed. A user with what the session's headers need is logged in.
/// @throws usage_error  naming the file, the line and what is wrong.
void load_existing(bench& b, std::string const& file);

} // namespace watertight::tenants
