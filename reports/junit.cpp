// The dialect that GitLab, Jenkins and the GitHub actions all read: one testsuite for the criteria
// and one for the probes of each layer; classname and name together are unique, as a second test
// of the same name would be dropped without a word.

#include "harness/base/text.hpp"
#include "reports/cases.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace watertight::reports {

// XML 1.0 has no control characters, not even as references: visible() has spelt them out.
static std::string xml(std::string_view text)
{
    std::string out;
    for (char const c : visible(text)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return replace_all(
        replace_all(std::move(out), "\xef\xbf\xbe", "\xef\xbf\xbd"), "\xef\xbf\xbf", "\xef\xbf\xbd"
    );
}

// In an attribute a line's end would be read as a space.
static std::string attribute(std::string_view text)
{
    return replace_all(xml(text), "\n", "&#10;");
}

namespace {

struct totals {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    double seconds = 0;

    void add(test_case const& c)
    {
        ++tests;
        failures += c.verdict == "failure";
        errors += c.verdict == "error";
        skipped += c.verdict == "skipped";
        seconds += c.seconds;
    }
};

} // namespace

static std::string head(std::string_view element, std::string_view name, totals const& t)
{
    return fmt::format(
        R"(<{} name="{}" tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3f}")",
        element,
        attribute(name),
        t.tests,
        t.failures,
        t.errors,
        t.skipped,
        t.seconds
    );
}

static void write_case(test_case const& c, std::string& out)
{
    out += fmt::format(
        R"(    <testcase classname="{}" name="{}" time="{:.3f}")",
        attribute(c.classname),
        attribute(c.name),
        c.seconds
    );
    if (!c.file.empty()) out += fmt::format(R"( file="{}")", attribute(c.file));
    if (c.verdict.empty() && c.output.empty()) {
        out += "/>\n";
        return;
    }
    out += ">\n";
    if (c.verdict == "skipped") {
        out += fmt::format("      <skipped message=\"{}\"/>\n", attribute(c.message));
    } else if (!c.verdict.empty()) {
        out += fmt::format(
            "      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n",
            c.verdict,
            attribute(c.message),
            attribute(c.type),
            xml(c.text)
        );
    }
    if (!c.output.empty()) out += "      <system-out>" + xml(c.output) + "</system-out>\n";
    out += "    </testcase>\n";
}

static std::string property(std::string_view name, std::string_view value)
{
    return fmt::format(
        "      <property name=\"{}\" value=\"{}\"/>\n", attribute(name), attribute(value)
    );
}

std::string junit(verdict::run_result const& r)
{
    auto const suites = suites_of(r);
    totals all;
    std::string body;
    for (auto const& s : suites) {
        totals sum;
        std::string cases;
        for (auto const& c : s.cases) {
            sum.add(c);
            all.add(c);
            write_case(c, cases);
        }
        auto const host = r.environment.find("host");
        body += "  " + head("testsuite", s.name, sum);
        // The dialect's time stamp has no fraction and no zone.
        body += fmt::format(
            " timestamp=\"{}\" hostname=\"{}\">\n",
            attribute(r.started_at.substr(0, 19)),
            attribute(host == r.environment.end() ? "" : host->second)
        );
        body += "    <properties>\n" + property("run_id", r.run_id) +
                property("seed", std::to_string(r.seed)) + property("scenario", r.scenario_name) +
                property("outcome", to_string(r.outcome)) + property("summary", r.summary) +
                "    </properties>\n" + cases + "  </testsuite>\n";
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
           head("testsuites", "watertight " + r.scenario_name, all) + ">\n" + body +
           "</testsuites>\n";
}

} // namespace watertight::reports
