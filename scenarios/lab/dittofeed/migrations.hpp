#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/faults.hpp"

#include <string>

namespace watertight::lab::dittofeed {

inline constexpr char const* indexes_migration = "0009_additional_tenant_indexes";
inline constexpr char const* rls_migration = "0010_enable_row_level_security";

enum class direction { run, roll_back };

/// What to do, and as whom.
struct migration_order {
    std::string name;
    direction way = direction::run;
    /// Connects as the tables' owner.
    std::string owner_url;
};

/// Carries one migration out, or takes it back, in a transaction of its own.
///
/// In order: one runs only after those before it, and goes back only after those behind it.
/// @return whether anything was to be done.
/// @throws refusal 404 for an unknown one, 409 if it is not its turn; store_error.
asio::awaitable<bool> migrate(migration_order order, fault_set const& faults);

} // namespace watertight::lab::dittofeed
