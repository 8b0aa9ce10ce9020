#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/unit.hpp"

#include <string_view>

namespace watertight::lint {

/// Reads a probe.sql: comment lines `-- key: value` on top (a line that begins with two blanks
/// behind the dashes goes on with the value before it), then one query.
///
/// Keys: title, level, guarantee, cwe, owasp, asvs, faults, rules, live, why, fix. `rules` and
/// `live` may be missing.
///
/// @param layer, name  of the folder: they make the id.
/// @param text         outlives the unit.
/// @return `malformed` with the key that is missing, unknown or wrong.
result<postgres_unit>
parse_sql_file(std::string_view layer, std::string_view name, std::string_view text);

} // namespace watertight::lint
