// Common Test Report Format, https://ctrf.io.

#include "harness/base/text.hpp"
#include "reports/cases.hpp"
#include "reports/document.hpp"
#include "reports/reports.hpp"

#include <chrono>
#include <cmath>
#include <map>

namespace watertight::reports {

static std::int64_t epoch_ms(std::string const& rfc3339)
{
    auto const t = parse_rfc3339(rfc3339);
    if (!t) return 0;
    return std::chrono::duration_cast<std::chrono::milliseconds>(t->time_since_epoch()).count();
}

static std::int64_t ctrf_ms(double seconds)
{
    return std::isfinite(seconds) ? std::llround(seconds * 1000) : 0;
}

// What could not be decided has neither passed nor failed: the format's word for it is "other".
static std::string ctrf_status(test_case const& c)
{
    if (c.verdict == "failure") return "failed";
    if (c.verdict == "error") return "other";
    return c.verdict == "skipped" ? "skipped" : "passed";
}

static document ctrf_test(test_case const& c, std::string const& suite)
{
    document out{{"name", c.name.empty() ? "-" : c.name}};
    out["testId"] = c.classname + "/" + c.name;
    out["status"] = ctrf_status(c);
    out["rawStatus"] = c.status;
    out["duration"] = ctrf_ms(c.seconds);
    out["suite"] = document::array({"watertight", visible(suite)});
    if (!c.message.empty()) out["message"] = visible(c.message);
    if (!c.verdict.empty() && !c.text.empty()) out["trace"] = visible(c.text);
    if (!c.file.empty()) out["filePath"] = visible(c.file);
    if (c.line > 0) out["line"] = c.line;
    document tags = document::array();
    for (auto const& tag : c.tags) tags.push_back(visible(tag));
    if (!tags.empty()) out["tags"] = std::move(tags);
    return out;
}

std::string ctrf(verdict::run_result const& r)
{
    std::map<std::string, std::uint64_t> counts;
    document tests = document::array();
    auto const suites = suites_of(r);
    for (auto const& s : suites) {
        for (auto const& c : s.cases) {
            ++counts[ctrf_status(c)];
            tests.push_back(ctrf_test(c, s.name));
        }
    }
    document summary{{"tests", tests.size()}};
    for (auto const* const status : {"passed", "failed", "skipped", "pending", "other"}) {
        summary[status] = counts[status];
    }
    summary["suites"] = suites.size();
    summary["start"] = epoch_ms(r.started_at);
    summary["stop"] = epoch_ms(r.finished_at.empty() ? r.started_at : r.finished_at);
    summary["duration"] = ctrf_ms(r.duration_s);
    document results{
        {"tool", {{"name", "Watertight"}, {"version", visible(r.tool_version)}}},
        {"summary", std::move(summary)},
        {"tests", std::move(tests)}};
    document facts{
        {"outcome", to_string(r.outcome)},
        {"summary", visible(r.summary)},
        {"scenario", visible(r.scenario_name)},
        {"seed", r.seed},
        {"target", visible(r.target)}};
    document out{{"reportFormat", "CTRF"}, {"specVersion", "0.0.0"}};
    out["reportId"] = uuid_of(r.run_id + r.started_at);
    if (!r.run_id.empty()) out["runId"] = visible(r.run_id);
    if (parse_rfc3339(r.finished_at)) out["timestamp"] = r.finished_at;
    out["generatedBy"] = "watertight " + visible(r.tool_version);
    out["results"] = std::move(results);
    out["extra"] = std::move(facts);
    return dump(out);
}

} // namespace watertight::reports
