#pragma once

#include "scenarios/lab/core/faults.hpp"

#include <span>

namespace watertight::lab::zoptal {

std::span<fault const> faults();

} // namespace watertight::lab::zoptal
