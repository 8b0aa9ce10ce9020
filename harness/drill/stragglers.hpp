#pragma once

#include "harness/drill/run.hpp"

#include <string>

namespace watertight::drill {

/// What a run's drill calls its sessions in PostgreSQL.
std::string session_name(std::string const& run_id);

/// Ends what a killed drill left running: statements on its stores, which a server carries on with
/// after the client is gone, and the command that was under way. Says so on the display; a store
/// that cannot be reached is named there and left alone.
///
/// @param s  with `earlier` set.
asio::awaitable<void> end_stragglers(plan const& p, surroundings& s);

} // namespace watertight::drill
