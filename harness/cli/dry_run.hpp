#pragma once

#include "harness/cli/stages.hpp"

namespace watertight::cli {

/// Leaves of a scenario what a dry run needs: one tenant with one user of each role, one object of
/// each resource.
void reduce_to_one(scenario::scenario& plan);

/// Sends each operation once, in order, as one user of one tenant; prints every exchange, redacted;
/// removes what it made. Nothing else is sent: no traffic, no probes, no drill.
/// @return passed if each was answered as the scenario expects, else not_run.
exit_code dry_run(run_state& s);

} // namespace watertight::cli
