#pragma once

#include "harness/verdict/result.hpp"

/// One fixed result with something in every part: two findings (one waived), every status of a
/// criterion and of a probe, a series, a drill over budget.
watertight::verdict::run_result sample_result();
