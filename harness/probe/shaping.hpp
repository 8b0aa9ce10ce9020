#pragma once

#include "harness/probe/context.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// What an answer would call the object that the member refers to: "coverFile" of "coverFileId".
std::string stem_of_reference(std::string const& member);

/// Asks for what objects refer to by these names, under all usual parameters at once: those that a
/// target does not know it ignores.
query_parameters expanding(std::string_view names);

/// Names of members of a view that hold ids of the tenant's own objects, as stems, each once.
std::vector<std::string> referring_members(context& ctx, exchange const& view);

/// By which a client shapes the answer to `read`: what it refers to, if anything, all members, less
/// of it, and each parameter that the scenario describes. A handler may take another way to the
/// data for each of them.
std::vector<query_parameters>
shaping_queries(context& ctx, target::operation const& read, exchange const& own_view);

} // namespace watertight::probe
