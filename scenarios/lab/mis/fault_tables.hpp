#pragma once

#include "scenarios/lab/core/faults.hpp"

#include <span>

namespace watertight::lab::mis {

/// Those of what lies behind requests and identity: caches, stores, files, limits, context, jobs.
std::span<fault const> faults_behind();

} // namespace watertight::lab::mis
