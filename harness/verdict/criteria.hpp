#pragma once

#include "harness/base/fatal.hpp"
#include "harness/verdict/result.hpp"
#include "harness/verdict/unit.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::verdict {

/// What the `*` in a metric's name stands for.
enum class metric_part {
    none,
    operation,
    probe,
    drill_phase,
    metric,
    traffic_phase,
    process,
    experiment
};

/// A metric that criteria may name. A name may hold one `*` for a part that the run fills in:
/// "latency.*.p95" (an operation's name), "findings.*" (a probe id).
struct metric_spec {
    std::string name;
    unit in{};
    std::string meaning;
    metric_part part{};
};

/// Every metric there is, in order of name.
std::vector<metric_spec> const& metric_catalogue();

/// The catalogue's entry for `name`; nothing if there is none. For baseline.<metric> it is that of
/// <metric>. What stands for `*` is not looked up: see `metric_names`.
metric_spec const* find_metric(std::string_view name);

/// What `*` may stand for in a scenario. An empty list: not known, so that any name is taken.
struct metric_names {
    std::vector<std::string> operations = {};
    std::vector<std::string> probes = {};
    std::vector<std::string> drill_phases = {};
    std::vector<std::string> traffic_phases = {};
    std::vector<std::string> processes = {};
    std::vector<std::string> experiments = {};
};

/// What the ids of criteria begin with that a phase's `stop_unless` stands for.
inline constexpr std::string_view stop_prefix = "stop_unless.";

/// What a metric is known to lie between, where it is known no better: (low, high) by name.
using metric_intervals = std::map<std::string, std::pair<double, double>>;

/// "212 ms", "99.95%", "480/s", "1,024"; `value` is in the unit that metrics have it in.
std::string format_value(double value, unit in);

/// Whether `text` is a day of the calendar written YYYY-MM-DD.
bool is_day(std::string_view text) noexcept;

/// A compiled requirement: metric, comparison, limit, with arithmetic on the right-hand side.
///
///     findings.confidentiality == 0
///     latency.p95 <= 1.1 * baseline.latency.p95
///     availability >= 99.9% and errors.rate < 1%
class requirement {
public:
    /// Units are checked here: a duration compared with a share does not compile.
    ///
    /// @param names  operations, probes and phases that the scenario has, so that a slip in one is
    ///               an error now and not a metric without a value after the run.
    /// @return `malformed` with "column N: ", what was expected and the nearest known metric's
    ///         name; `detail` is the column alone, counted from 1.
    static result<requirement> compile(std::string_view text, metric_names const& names = {});

    requirement(requirement const&);
    requirement(requirement&&) noexcept;
    requirement& operator=(requirement const&);
    requirement& operator=(requirement&&) noexcept;
    ~requirement();

    struct answer {
        /// Nothing when a metric has no value in this run, or an interval that holds the limit, and
        /// the rest does not decide it.
        std::optional<bool> met;
        /// "latency.p95 = 212 ms"; comparisons joined by and/or are separated by "; ".
        std::string measured;
        /// "< 500 ms"; the whole text where comparisons are joined.
        std::string limit;
        /// Distance to the limit as a share of it, positive when met; of the comparison that
        /// decides, and of the interval's end that speaks most against it. Nothing where the limit
        /// is 0 or the comparison is == or !=.
        std::optional<double> margin;
        /// The first metric without a value; empty if all had one.
        std::string missing;
        /// The first comparison that an interval leaves open; empty if there is none.
        std::string open;
    };
    /// A comparison with metrics that have an interval is met if it is whatever value in there is
    /// the true one, and not met if it is with none of them.
    answer evaluate(
        std::map<std::string, double> const& metrics, metric_intervals const& intervals = {}
    ) const;
    /// In order of appearance, each once.
    std::vector<std::string> metrics_named() const;
    std::string const& text() const noexcept;

private:
    struct node;
    requirement(std::string text, std::shared_ptr<node const> root);
    std::string text_;
    std::shared_ptr<node const> root_;
};

/// A criterion of the scenario: measured, or attested by a person.
struct criterion {
    std::string id;
    std::optional<requirement> require;
    /// A statement that only a person can vouch for.
    std::string attest;
    std::string attested_by;
    std::string attested_on;
    std::string answers;
    target::source_place place;
};

/// Takes one known finding out of the verdict until a day.
struct waiver {
    /// Probe id, or fingerprint.
    std::string finding;
    /// Substring of the finding's channel; empty: any.
    std::string on;
    std::string because;
    /// YYYY-MM-DD, inclusive.
    std::string until;
    target::source_place place;
};

/// How the gate treats what could not be decided.
struct gate {
    bool inconclusive_passes = false;
};

/// Fills criteria, metrics, waived findings, outcome and summary of `r` from what is in it.
///
/// Metrics that only other parts know (redis.hit_rate, control.own_seen, ...) must be in
/// `r.metrics` before. An outcome of `interrupted` or `not_run` that is already there stays.
///
/// The run has failed if a criterion is not met, a waiver has expired, a failed probe left no
/// finding, or, where no criterion speaks of findings at all, an unwaived finding exists. Otherwise
/// it is inconclusive if a criterion or a probe is, if `r.errors` says that a part could not be
/// done, or if nothing was examined at all; the gate may let these pass, except the last. A
/// statement that nobody signed is shown as unsigned and blocks nothing.
///
/// @param today  YYYY-MM-DD. An expired waiver waives nothing.
/// @param baseline  an earlier result: its metrics are reachable as baseline.<name>, and the
///                  comparison with it becomes a part of `r`. It changes no verdict by itself.
void judge(
    run_result& r,
    std::vector<criterion> const& criteria,
    std::vector<waiver> const& waivers,
    gate g,
    std::optional<run_result> const& baseline,
    std::string_view today
);

/// The metrics that follow from a result's findings, probes, latency, coverage and drill, and those
/// already in `r.metrics`. What was not examined has no entry: findings.confidentiality is absent,
/// not 0, when no probe of that guarantee concluded and no traffic was scanned.
std::map<std::string, double> derive_metrics(run_result const& r);

/// The confidence intervals of this result's metrics.
metric_intervals intervals_of(run_result const& r);

/// The experiment that a metric such as experiment.index.latency_change is of; null if it did not
/// take place.
experiment_outcome const* find_experiment(run_result const& r, std::string_view metric);

/// Why a metric has no value in this result, as a sentence's end: "no traffic was driven".
std::string why_missing(std::string_view metric, run_result const& r);

exit_code exit_code_of(overall o) noexcept;

} // namespace watertight::verdict
