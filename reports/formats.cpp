#include "reports/reports.hpp"

#include <algorithm>

namespace watertight::reports {

std::span<output_format const> formats()
{
    static constexpr output_format all[]{
        {"json", "result.json", "the result itself", verdict::to_json},
        {"html", "report.html", "one page for people", html},
        {"junit", "junit.xml", "JUnit XML: GitLab, Jenkins", junit},
        {"hdr", "latency.hlog", "HdrHistogram log; empty without load", hdr_log},
        {"sarif", "report.sarif", "SARIF 2.1.0: GitHub's code scanning", sarif},
        {"gitlab", "gl-dast-report.json", "GitLab security report (DAST)", gitlab},
        {"ctrf", "ctrf-report.json", "Common Test Report Format", ctrf},
        {"markdown", "summary.md", "summary of a job, below 1 MiB", markdown},
        {"annotations", "annotations.txt", "GitHub workflow commands, at most 10", annotations},
        {"openmetrics", "metrics.txt", "OpenMetrics text", openmetrics},
    };
    return all;
}

output_format const* find_format(std::string_view name)
{
    auto const all = formats();
    auto const at = std::ranges::find(all, name, &output_format::name);
    return at == all.end() ? nullptr : &*at;
}

} // namespace watertight::reports
