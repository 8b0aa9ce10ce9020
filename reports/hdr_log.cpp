#include "harness/base/text.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports {

// A tag ends with a comma, a line with a line feed.
static std::string tag(std::string_view name)
{
    std::string out{name};
    std::ranges::replace_if(
        out, [](unsigned char c) { return c <= ' ' || c == ',' || c == '"' || c == 0x7f; }, '_'
    );
    return out;
}

static void
add(std::string& out, std::string_view name, double seconds, verdict::histogram_summary const& h)
{
    if (h.hdr.empty() || h.n == 0) return;
    auto const max_ms = static_cast<double>(h.max_us) / 1000;
    out += fmt::format("Tag={},0.000,{:.3f},{:.3f},{}\n", tag(name), seconds, max_ms, h.hdr);
}

std::string hdr_log(verdict::run_result const& r)
{
    std::string lines;
    for (auto const& op : r.operations) {
        add(lines, op.name, r.duration_s, op.latency);
        add(lines, op.name + ":service_time", r.duration_s, op.service_time);
    }
    if (lines.empty()) return {};
    // The readers want seconds since the epoch for the start; the text after it is for people.
    auto const epoch = parse_rfc3339(r.started_at).value_or(wall::time_point{});
    auto const since = std::chrono::duration<double>(epoch.time_since_epoch()).count();
    return fmt::format(
               "#[Values are microseconds; maxima in this file's third column are milliseconds]\n"
               "#[Histogram log format version 1.3]\n"
               "#[StartTime: {:.3f} (seconds since epoch), {}]\n"
               "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
               "\"Interval_Compressed_Histogram\"\n",
               since,
               r.started_at
           ) +
           lines;
}

} // namespace watertight::reports
