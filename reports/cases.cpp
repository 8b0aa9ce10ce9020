#include "reports/cases.hpp"

#include "reports/text.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace watertight::reports {

std::string finding_text(evidence::finding const& f)
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
    t.line = c.place.line;
    t.status = to_string(c.status);
    if (!c.answers.empty()) t.tags.push_back(c.answers);
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
    t.status = to_string(p.status);
    t.tags = {std::string{to_string(p.kind)}};
    for (auto const& tag : {p.cwe, p.owasp, p.asvs}) {
        if (!tag.empty()) t.tags.push_back(tag);
    }
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
        t.status = waived == r.waived.end() ? "fail" : "waived";
        t.tags = {t.type, std::string{to_string(f.level)}};
        t.message = waived == r.waived.end() ? f.title : "waived " + waived->second;
        t.text = finding_text(f);
        t.output = f.reproduction;
        s.cases.push_back(std::move(t));
    }
}

static std::vector<suite> gathered(verdict::run_result const& r)
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
            // As it will be shown: names that differ in what is not shown are the same to a reader.
            c.classname = visible(c.classname);
            c.name = visible(c.name);
            auto const plain = c.name;
            for (int n = 2; !taken.emplace(c.classname, c.name).second; ++n) {
                c.name = fmt::format("{} ({})", plain, n);
            }
        }
    }
}

std::vector<suite> suites_of(verdict::run_result const& r)
{
    auto out = gathered(r);
    make_unique(out);
    return out;
}

} // namespace watertight::reports
