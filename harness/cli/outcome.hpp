#pragma once

#include "harness/cli/stages.hpp"

namespace watertight::cli {

/// Fills what identifies the run: names, seed, command line, environment.
void describe_run(run_state& s);

/// How many of the planned tenants could be made; before they are removed.
void count_tenants(run_state& s);

/// Turns what the stages left in `s` into the result: latencies, tenants, series, findings,
/// coverage. May be called after an interruption.
void assemble(run_state& s);

/// Enters what load has shown: phases, operations, tenants, series.
void add_traffic(traffic::report const& t, verdict::run_result& r);

/// A histogram's figures; its counters too, if asked for.
verdict::histogram_summary summarise(traffic::histogram const& h, bool with_hdr);
/// Kinds of failure that occurred, to how often.
std::map<std::string, std::uint64_t> errors_by_name(traffic::counts const& c);

/// The earlier result that --baseline names; nothing without a path. @throws usage_error.
std::optional<verdict::run_result> read_baseline(std::string const& path);

} // namespace watertight::cli
