#pragma once

#include "harness/base/fatal.hpp"
#include "harness/verdict/result.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::verdict {

/// What unit a metric's value has, so that "500ms" and "99.9%" can be compared with it.
enum class unit { count, microseconds, share, per_second, seconds, bytes };

/// A metric that criteria may name. A name may hold one `*` for a part that the run fills in:
/// "latency.*.p95" (an operation's name), "findings.*" (a guarantee or a probe id).
struct metric_spec {
    std::string name;
    unit in{};
    std::string meaning;
};

/// Every metric there is, in order of name.
std::vector<metric_spec> const& metric_catalogue();

/// Whether `name` is in the catalogue; `parts` are the names that stand for `*` in this scenario
/// (operations, probes, tenants, plans).
metric_spec const* find_metric(std::string_view name);

/// A compiled requirement: metric, comparison, limit, with arithmetic on the right-hand side.
///
///     findings.confidentiality == 0
///     latency.p95 <= 1.1 * baseline.latency.p95
///     availability >= 99.9% and errors.rate < 1%
class requirement {
public:
    /// @return `malformed` with position, what was expected and the nearest known metric's name.
    static result<requirement> compile(std::string_view text);

    requirement(requirement const&);
    requirement(requirement&&) noexcept;
    requirement& operator=(requirement const&);
    requirement& operator=(requirement&&) noexcept;
    ~requirement();

    struct answer {
        /// Nothing when a metric has no value in this run.
        std::optional<bool> met;
        std::string measured;
        std::string limit;
        std::optional<double> margin;
        /// The metric without a value.
        std::string missing;
    };
    answer evaluate(std::map<std::string, double> const& metrics) const;
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

/// Fills criteria, metrics, waived findings' notes, outcome and summary of `r` from what is in it.
///
/// @param today  YYYY-MM-DD. An expired waiver waives nothing and fails the run.
/// @param baseline  metrics of an earlier result, reachable as baseline.<name>; may be empty.
void judge(
    run_result& r,
    std::vector<criterion> const& criteria,
    std::vector<waiver> const& waivers,
    gate g,
    std::map<std::string, double> const& baseline,
    std::string_view today
);

/// The metrics that can be computed from a result's findings, probes, latency, coverage and drill.
std::map<std::string, double> derive_metrics(run_result const& r);

exit_code exit_code_of(overall o) noexcept;

}  // namespace watertight::verdict
