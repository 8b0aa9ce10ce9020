#pragma once

#include "harness/verdict/criteria.hpp"

#include <string_view>
#include <vector>

namespace watertight::verdict {

/// Fills `r.waived`, and appends an outcome for each waiver that applies or has expired; one that
/// matches nothing is a note.
void apply_waivers(run_result& r, std::vector<waiver> const& waivers, std::string_view today);

} // namespace watertight::verdict
