#pragma once

#include "harness/verdict/result.hpp"

#include <string>
#include <vector>

namespace watertight::verdict {

/// What is different in `now` from an earlier run of the same scenario, a sentence each: outcome,
/// findings that are new or gone (by fingerprint), criteria and probes that came to another
/// conclusion. Figures that merely differ are none. Empty: nothing changed.
std::vector<std::string> changes(run_result const& before, run_result const& now);

} // namespace watertight::verdict
