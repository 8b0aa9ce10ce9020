#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/verdict/unit.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a comparison of runs comes to, as a result keeps it; `comparison.hpp` makes it.

namespace watertight::verdict {

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

/// A finding without its evidence, which the result that has it holds.
struct compared_finding {
    std::string fingerprint{};
    std::string probe{};
    evidence::severity level{};
    std::string title{};
    std::string channel{};
};

struct run_comparison {
    std::vector<compared_finding> appeared{};
    std::vector<compared_finding> gone{};
    std::vector<compared_finding> persisting{};
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

} // namespace watertight::verdict
