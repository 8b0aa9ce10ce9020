#pragma once

#include "harness/drill/catalogue.hpp"

namespace watertight::drill {

/// Facts of references that no constraint declares, but their names tell ("project_id" beside a
/// table "projects"), begin like this. They count only where they held before.
inline constexpr char const* undeclared_reference = "references of: ";

/// Adds to `out` what no definition tells: sequences of which the next value is taken already,
/// declared references that lead nowhere (a constraint that was not checked), and whether those
/// hold that names alone tell.
///
/// @param db  in a transaction; what cannot be seen for want of privileges is left out and named.
asio::awaitable<result<void>> read_standing(stores::postgres& db, catalogue& out);

} // namespace watertight::drill
