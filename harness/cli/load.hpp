#pragma once

#include "harness/cli/stages.hpp"

namespace watertight::cli {

/// Drives the scenario's phases. Meanwhile the resources of target.processes are sampled, and at
/// the end of a phase with `stop_unless` that decides whether the next ones are driven.
asio::awaitable<void> drive_traffic(run_state& s);

/// A phase as the result has it.
verdict::phase_outcome outcome_of(traffic::phase_report const& p);

} // namespace watertight::cli
