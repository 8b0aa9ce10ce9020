#pragma once

#include "harness/verdict/criteria.hpp"
#include "harness/verdict/run_comparison.hpp"

#include <span>
#include <string_view>

namespace watertight::verdict {

enum class direction { neither, higher, lower };
/// Which values of a metric are the better ones; `neither` where that is for people to say.
direction better_when(std::string_view metric);

/// The tolerance to take if nobody says: 0.05 between two series, 0.25 where a side is one run.
double usual_tolerance(std::span<run_result const> before, std::span<run_result const> after);

/// Holds runs against earlier ones. Waived findings count on neither side.
///
/// A metric is called better or worse if its difference excludes 0 with intervals that hold for all
/// metrics together (95 %, Bonferroni) and, for all but shares, is more than `tolerance` of the
/// earlier value. Intervals are Welch's over the runs where both sides have two or more; otherwise
/// they come from the latency histograms and the counts of answers, and know nothing of how much
/// one run of the same system differs from the next, which is noted. Metrics without an interval
/// are shown and never judged.
///
/// @param before, after  one run or more of a series each; neither is empty.
run_comparison
compare(std::span<run_result const> before, std::span<run_result const> after, double tolerance);

/// Holds `r` against its baseline with the usual tolerance, and keeps in `r` what comes of it.
/// @param baseline  one run or more of a series; not empty.
void compare_with_baseline(run_result& r, std::span<run_result const> baseline);

} // namespace watertight::verdict
