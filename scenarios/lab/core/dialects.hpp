#pragma once

#include "scenarios/lab/core/dialect.hpp"

#include <span>

namespace watertight::lab {

/// Every dialect of this build, in the order of the packs.
std::span<dialect_entry const> dialects();

} // namespace watertight::lab
