#pragma once

#include "harness/cli/stages.hpp"

#include <functional>

namespace watertight::cli {

/// How a drill with a `manual` trigger learns that a person decided: at once with --yes, when the
/// file of --decide-by appears, or when Enter is pressed.
std::function<asio::awaitable<void>()> person_of(run_state const& s);

/// @throws usage_error if a person is to decide whom the command line gives no way to say so.
void check_person(run_options const& o, drill::plan const& p);

} // namespace watertight::cli
