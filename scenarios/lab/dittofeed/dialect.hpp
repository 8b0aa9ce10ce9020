#pragma once

#include "scenarios/lab/core/dialect.hpp"

namespace watertight::lab::dittofeed {

/// Customer messaging in workspaces: row-level security on the workspace of the transaction,
/// through pooled connections; a tenant cache; quotas.
dialect_entry entry();

/// The faults of this dialect.
std::span<fault const> faults();

} // namespace watertight::lab::dittofeed
