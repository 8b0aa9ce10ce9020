#pragma once

#include "harness/base/error.hpp"
#include "harness/verdict/result.hpp"

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

struct written {
    std::string format;
    std::string path;
};

/// Writes result.json, report.html, junit.xml and, after load, latency.hlog into `folder`, which is
/// made if need be.
result<std::vector<written>> write_all(verdict::run_result const& r, std::string const& folder);

} // namespace watertight::reports
