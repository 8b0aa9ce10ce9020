#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::lint {

/// What every probe.sql may read from, beside the catalogue: common table expressions over the
/// tenancy and the roles, which were learnt before and are given as $1, $2, ... Those that a query
/// does not name cost nothing.
std::string_view prelude();

/// A probe.sql as it is sent alone.
std::string with_prelude(std::string_view query);

/// Several in one statement, for which the prelude is worked out once: 5,000 tables cost it more
/// than most of the queries. Each row is the unit's number and what it found as a JSON object.
std::string together(std::vector<std::string_view> const& queries);

} // namespace watertight::lint
