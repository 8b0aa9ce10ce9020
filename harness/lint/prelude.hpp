#pragma once

#include <string>
#include <string_view>

namespace watertight::lint {

/// What every probe.sql may read from, beside the catalogue: common table expressions over the
/// tenancy and the roles, which were learnt before and are given as $1, $2, ... Those that a query
/// does not name cost nothing.
std::string_view prelude();

/// A probe.sql as it is sent.
std::string with_prelude(std::string_view query);

} // namespace watertight::lint
