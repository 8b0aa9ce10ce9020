// The dialect that GitLab, Jenkins and the GitHub actions all read: one testsuite for the criteria
// and one for the probes of each layer; classname and name together are unique, as a second test
// of the same name would be dropped without a word.

#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

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

struct test_case {
    std::string classname = {};
    std::string name = {};
    std::string file = {};
    double seconds = 0;
    /// "failure", "error", "skipped" or empty.
    std::string verdict = {};
    std::string message = {};
    std::string type = {};
    std::string text = {};
    std::string output = {};
};

struct suite {
    std::string name;
    std::vector<test_case> cases;
};

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

static std::string finding_text(evidence::finding const& f)
{
    auto text = fmt::format("{} ({}): {}\n", f.title, to_string(f.level), f.detail);
    if (!f.victim.empty()) text += "victim: " + f.victim + "\n";
    if (!f.intruder.empty()) text += "intruder: " + f.intruder + "\n";
    text += "channel: " + f.channel + "\n";
    if (!f.token.empty()) text += "token: " + f.token + " in " + f.position + "\n";
    text += "seen: " + counted(f.count, "time") + "\n";
    text += "fingerprint: " + f.fingerprint() + "\n";
    if (!f.cwe.empty()) text += f.cwe + " " + f.owasp + " " + f.asvs + "\n";
    if (!f.reproduction.empty()) text += "reproduce:\n" + f.reproduction + "\n";
    if (!f.remedy.empty()) text += "remedy: " + f.remedy + "\n";
    return text;
}

static test_case of_criterion(verdict::criterion_outcome const& c)
{
    using verdict::criterion_status;
    test_case t{.classname = "watertight.criteria", .name = c.id, .file = c.place.file};
    t.text = c.statement + "\n" + c.measured + " (" + c.limit + ")\n" + c.note;
    switch (c.status) {
    case criterion_status::not_met:
        t.verdict = "failure";
        t.type = "criterion";
        t.message = c.measured + ", required: " + c.statement;
        break;
    case criterion_status::inconclusive:
        t.verdict = "error";
        t.type = "inconclusive";
        t.message = c.note;
        break;
    case criterion_status::unattested:
    case criterion_status::waived:
        t.verdict = "skipped";
        t.message = words(to_string(c.status)) + ": " + c.note;
        break;
    case criterion_status::met:
    case criterion_status::attested:
        t.output = t.text;
        break;
    }
    return t;
}

static void add_findings(verdict::run_result const& r, std::string_view probe, test_case& t)
{
    for (auto const& f : r.findings) {
        if (f.probe != probe) continue;
        auto const waived = r.waived.find(f.fingerprint());
        t.text += (waived == r.waived.end() ? "" : "waived " + waived->second + "\n");
        t.text += finding_text(f) + "\n";
        if (!f.reproduction.empty()) t.output += f.reproduction + "\n";
    }
}

static bool all_waived(verdict::run_result const& r, std::string_view probe)
{
    bool any = false;
    for (auto const& f : r.findings) {
        if (f.probe != probe) continue;
        if (!is_waived(r, f)) return false;
        any = true;
    }
    return any;
}

static test_case of_probe(verdict::run_result const& r, verdict::probe_outcome const& p)
{
    using verdict::probe_status;
    test_case t{.classname = "watertight.probes." + p.layer, .name = p.id, .seconds = p.seconds};
    if (!p.title.empty()) t.name += ": " + p.title;
    t.message = p.reason;
    switch (p.status) {
    case probe_status::fail:
        t.verdict = all_waived(r, p.id) ? "skipped" : "failure";
        t.type = std::string{to_string(p.kind)};
        add_findings(r, p.id, t);
        if (t.verdict == "skipped") t.message = "every finding is waived";
        if (t.message.empty()) t.message = p.title;
        break;
    case probe_status::inconclusive:
        t.verdict = "error";
        t.type = "inconclusive";
        break;
    case probe_status::not_applicable:
        t.verdict = "skipped";
        break;
    case probe_status::pass:
        t.output = p.reason;
        break;
    }
    return t;
}

// Findings of no probe: what load, and what the drill, showed by themselves.
static void add_strays(verdict::run_result const& r, suite& s)
{
    std::set<std::string> known;
    for (auto const& p : r.probes) known.insert(p.id);
    for (auto const& f : r.findings) {
        if (known.contains(f.probe)) continue;
        test_case t{.classname = "watertight." + f.probe, .name = f.title + " at " + f.channel};
        auto const waived = r.waived.find(f.fingerprint());
        t.verdict = waived == r.waived.end() ? "failure" : "skipped";
        t.type = std::string{to_string(f.kind)};
        t.message = waived == r.waived.end() ? f.title : "waived " + waived->second;
        t.text = finding_text(f);
        t.output = f.reproduction;
        s.cases.push_back(std::move(t));
    }
}

static std::vector<suite> suites_of(verdict::run_result const& r)
{
    std::vector<suite> out{{"criteria", {}}};
    for (auto const& c : r.criteria) out[0].cases.push_back(of_criterion(c));
    std::map<std::string, suite> layers;
    for (auto const& p : r.probes) {
        auto& s = layers[p.layer];
        s.name = "probes." + p.layer;
        s.cases.push_back(of_probe(r, p));
    }
    for (auto& [layer, s] : layers) out.push_back(std::move(s));
    suite strays{"findings", {}};
    add_strays(r, strays);
    if (!strays.cases.empty()) out.push_back(std::move(strays));
    return out;
}

static void make_unique(std::vector<suite>& suites)
{
    std::set<std::pair<std::string, std::string>> taken;
    for (auto& s : suites) {
        for (auto& c : s.cases) {
            auto const plain = c.name;
            for (int n = 2; !taken.emplace(c.classname, c.name).second; ++n) {
                c.name = fmt::format("{} ({})", plain, n);
            }
        }
    }
}

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
    auto suites = suites_of(r);
    make_unique(suites);
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
