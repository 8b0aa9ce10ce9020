#pragma once

#include "scenarios/lab/core/dialect.hpp"

namespace watertight::lab::proptech {

/// The property system: collections that all tenants share, memberships with roles, and a migration
/// that gives the documents of a single-tenant past their tenant.
dialect_entry entry();

/// The faults of this dialect.
std::span<fault const> faults();

} // namespace watertight::lab::proptech
