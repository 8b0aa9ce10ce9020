#pragma once

#include "harness/base/fatal.hpp"
#include "harness/cli/options.hpp"

namespace watertight::cli {

/// Carries a scenario out (all of it or the chosen parts), writes the reports, prints the verdict.
exit_code execute(run_options o);

/// Checks a scenario without sending anything.
exit_code validate(validate_options const& o);

/// Removes what an interrupted or killed run left behind.
exit_code cleanup(cleanup_options const& o);

/// Lets the lints look at stores, read-only.
exit_code lint(lint_options const& o);

/// Prints the catalogue of probes.
exit_code list_probes(probes_options const& o);

/// Starts the embedded lab in the foreground, or lists its faults.
exit_code lab(lab_options const& o);

/// Runs the probes against every fault of the lab and against the correct lab.
exit_code score(score_options const& o);

/// Renders a result file again.
exit_code report(report_options const& o);

/// Holds a result, or a series of them, against an earlier one: `failed` if something got worse.
exit_code compare(compare_options const& o);

} // namespace watertight::cli
