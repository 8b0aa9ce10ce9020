#pragma once

#include "scenarios/lab/core/dialect.hpp"

namespace watertight::lab::zoptal {

/// The platform whose tenants have each a database, or collections with a prefix, of their own in
/// MongoDB, behind a real nginx that tells them apart by host name.
dialect_entry entry();

} // namespace watertight::lab::zoptal
