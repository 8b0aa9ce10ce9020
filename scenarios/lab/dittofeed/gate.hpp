#pragma once

#include "scenarios/lab/dittofeed/call.hpp"

#include <optional>
#include <string>

namespace watertight::lab::dittofeed {

/// The workspace that X-Workspace-Id names, in lower case.
/// @throws refusal 400 if the header is missing, is there twice, or holds no UUID.
std::string named_workspace(request const& in);

/// Establishes who calls and for which workspace, refuses what the endpoint does not admit, and
/// runs the endpoint.
asio::awaitable<response> admit(call& c, endpoint to);

} // namespace watertight::lab::dittofeed
