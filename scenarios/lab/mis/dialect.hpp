#pragma once

#include "scenarios/lab/core/dialect.hpp"

namespace watertight::lab::mis {

/// The membership system: shared tables with tenant_id, Redis keys and files by tenant.
dialect_entry entry();

/// The faults of this dialect.
std::span<fault const> faults();

} // namespace watertight::lab::mis
