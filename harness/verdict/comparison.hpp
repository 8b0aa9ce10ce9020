#pragma once

#include "harness/verdict/criteria.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::verdict {

enum class direction { neither, higher, lower };
/// Which values of a metric are the better ones; `neither` where that is for people to say.
direction better_when(std::string_view metric);

/// What became of a metric: `open` has no interval to judge it by, `level` shows no difference.
enum class change_kind { better, worse, level, open };
std::string_view to_string(change_kind k);

/// One metric on both sides; of several runs, the mean.
struct metric_change {
    std::string name{};
    unit in{};
    double before = 0;
    double after = 0;
    /// Of after - before, with 95 % confidence.
    std::optional<std::pair<double, double>> interval{};
    /// What the interval comes from: "4,915 and 5,012 requests", "5 and 6 runs"; empty without one.
    std::string basis{};
    change_kind kind = change_kind::open;
};

/// What a criterion or a probe came to on both sides, in the words of the result; empty where it is
/// not there. Of several runs, the worst.
struct status_change {
    std::string id{};
    std::string before{};
    std::string after{};
    /// "latency.p95 = 212 ms"; the reason, of a probe.
    std::string measured_before{};
    std::string measured_after{};
};

struct run_comparison {
    std::vector<evidence::finding> appeared{};
    std::vector<evidence::finding> gone{};
    std::vector<evidence::finding> persisting{};
    /// All of them, in the order of the later side.
    std::vector<status_change> criteria{};
    /// Those that came to another conclusion.
    std::vector<status_change> probes{};
    std::vector<metric_change> metrics{};
    /// A sentence each; empty: nothing got worse.
    std::vector<std::string> regressions{};
    /// What the comparison does not rest on equal terms for: another scenario, other versions.
    std::vector<std::string> notes{};
};

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

} // namespace watertight::verdict
