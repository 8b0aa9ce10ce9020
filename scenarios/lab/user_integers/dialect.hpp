#pragma once

#include "scenarios/lab/core/dialect.hpp"

namespace watertight::lab::user_integers {

/// Numbers that users keep: shared tables with tenant_id, one pool of connections per tenant, Redis
/// keys by tenant, calls counted by the month.
dialect_entry entry();

/// The faults of this dialect.
std::span<fault const> faults();

} // namespace watertight::lab::user_integers
