#pragma once

#include "scenarios/lab/core/planting.hpp"

#include <span>

namespace watertight::lab::mis {

/// Those of tables, policies, roles, views and functions.
std::span<sql_fault const> faults_in_sql();

} // namespace watertight::lab::mis
