#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/cli/options.hpp"

namespace watertight::cli {

/// When the next run of a series begins: at a whole multiple of `every` after its start. Those that
/// fell due while a run went on are left out.
steady::time_point
next_start(steady::time_point begun, steady::time_point now, std::chrono::nanoseconds every);

/// The worse of two runs' ends. A criterion that was not met is worst, for it is certain; then come
/// runs that could not be carried out, inconclusive ones, and those that passed.
exit_code worse(exit_code a, exit_code b) noexcept;

/// Carries out the runs of `o` on its schedule, each into its own numbered folder, and tells what
/// changed from one to the next. A run that fails does not end the series; Ctrl-C does.
///
/// @return the worst run's code; `interrupted` if a run was cut short.
/// @throws usage_error  for the schedule, or for the first run.
exit_code repeat(run_options const& o);

} // namespace watertight::cli
