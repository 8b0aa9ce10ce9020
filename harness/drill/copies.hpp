#pragma once

#include "harness/drill/steps.hpp"

#include <string>

namespace watertight::drill {

/// Makes the copy that `k` tells of, or brings it back to where it tells, as kept in `tools.files`:
/// of PostgreSQL with pg_dump and pg_restore, of MongoDB over its driver.
///
/// What is brought back takes the place of what is there under the same names; a database of
/// PostgreSQL that is not there is made.
/// @return how large it is.
asio::awaitable<result<std::string>>
copy(safekeeping const& k, steady::time_point deadline, step_tools& tools);

} // namespace watertight::drill
