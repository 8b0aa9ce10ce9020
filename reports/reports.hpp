#pragma once

#include "harness/base/error.hpp"
#include "harness/verdict/comparison.hpp"
#include "harness/verdict/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::reports {

struct terminal_style {
    bool colour = false;
    /// Columns, at least 40.
    std::size_t width = 80;
};

/// The verdict for a person at a terminal: criteria, findings, probes, latency, where the files
/// are.
std::string terminal(verdict::run_result const& r, terminal_style style);
std::string junit(verdict::run_result const& r);
/// The latencies as an HdrHistogram log (version 1.3, values in microseconds), one tag an operation
/// and one more for its service time, for the tools that read such logs. Empty without any load.
std::string hdr_log(verdict::run_result const& r);
/// One self-contained page.
std::string html(verdict::run_result const& r);
/// The same from its JSON text, which takes as long to make as the page.
std::string html(verdict::run_result const& r, std::string const& json);
/// SARIF 2.1.0 (OASIS): findings and criteria that are not met, each anchored to a line of the
/// scenario, with fingerprints that stay the same from run to run. Waived ones are suppressed.
std::string sarif(verdict::run_result const& r);
/// GitLab's security report for dynamic scans, schema 15.0.4. Waived findings are left out.
std::string gitlab(verdict::run_result const& r);
/// Common Test Report Format, with the cases of the JUnit report.
std::string ctrf(verdict::run_result const& r);
/// A job's summary in GitHub's Markdown, below 1 MiB.
std::string markdown(verdict::run_result const& r);
/// GitHub workflow commands, one a line and at most ten.
std::string annotations(verdict::run_result const& r);
/// OpenMetrics 1.0 text that is text of Prometheus' format 0.0.4 as well.
std::string openmetrics(verdict::run_result const& r);

/// A form that a result can be written in.
struct output_format {
    /// As --format takes it.
    std::string_view name;
    std::string_view file;
    std::string_view meaning;
    /// Empty text: this result has nothing to tell in this form.
    std::string (*make)(verdict::run_result const&);
};
std::span<output_format const> formats();
/// Null for a name that no format has.
output_format const* find_format(std::string_view name);

/// A comparison for a person: regressions first, then findings, criteria and metrics side by side.
/// @param all  also the metrics that show no difference.
std::string comparison_text(verdict::run_comparison const& c, terminal_style style, bool all);
/// The same for a program; reports/README.md describes its members.
std::string comparison_json(verdict::run_comparison const& c);

struct written {
    std::string format;
    std::string path;
};

/// Writes json, html, junit and, after load, hdr into `folder`, which is made if need be.
/// @param more  names of further formats; each is written once.
result<std::vector<written>> write_all(
    verdict::run_result const& r,
    std::string const& folder,
    std::vector<std::string> const& more = {}
);

} // namespace watertight::reports
