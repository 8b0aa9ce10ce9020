#pragma once

#include "harness/probe/exchange.hpp"

#include <string_view>

namespace watertight::probe {

/// Whether it sends the asker to the page of the log-in, as systems with forms do with whoever has
/// no session.
/// @param login  the log-in's path as the scenario has it; may be empty
bool leads_to_login(exchange const& e, std::string_view login);

} // namespace watertight::probe
