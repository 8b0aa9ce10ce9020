#pragma once

#include "harness/draft/description.hpp"

#include <set>
#include <string>

namespace watertight::draft {

/// What a recorded answer or body holds; null unless it is JSON.
json_value recorded_json(node const* content);

/// The body of a recorded request as a scenario would send it. What is somebody's own is not kept:
/// secrets, and ids of other objects, which are to be filled in.
/// @param told  ids that earlier answers have told.
std::optional<drafted_body> recorded_body(node const& request, std::set<std::string> const& told);

} // namespace watertight::draft
