#pragma once

#include "scenarios/lab/core/planting.hpp"

#include <span>

namespace watertight::lab::dittofeed {

inline constexpr auto by_sql = [](auto... about) { return postgres_fault("dittofeed", about...); };

/// Those of tables, policies, roles, views and functions.
std::span<sql_fault const> faults_in_sql();
/// Those of what policies do not reach: functions, keys, locks, channels, slots, log-ins, and what
/// policies themselves believe.
std::span<sql_fault const> faults_beyond_policies();

} // namespace watertight::lab::dittofeed
