#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace watertight::reports::sections {

using markup::esc;

static std::string_view tone_of(verdict::overall o)
{
    if (o == verdict::overall::passed) return "good";
    return o == verdict::overall::failed || o == verdict::overall::not_run ? "bad" : "doubt";
}

static std::string counter(std::uint64_t n, std::string_view tone, std::string_view what)
{
    auto const shown = n == 0 ? std::string_view{} : tone;
    return fmt::format("<li class=\"{}\"><b>{}</b><span>{}</span></li>", shown, number(n), what);
}

// The score, and the three numbers that say why, come first, whatever they are; the others only if
// there are any.
static std::string counters(run_result const& r)
{
    auto const n = count(r);
    std::string out;
    if (n.checks > 0) {
        out += fmt::format(
            "<li class=\"{}\"><b>{}/{}</b><span>checks passed</span></li>",
            n.checks_passed == n.checks ? "good" : "doubt",
            number(n.checks_passed),
            number(n.checks)
        );
    }
    out += counter(n.not_met, "bad", n.not_met == 1 ? "criterion not met" : "criteria not met");
    out += counter(n.findings, "bad", n.findings == 1 ? "finding" : "findings");
    out += counter(n.met, "good", n.met == 1 ? "criterion met" : "criteria met");
    if (n.undecided > 0) out += counter(n.undecided, "doubt", "undecided");
    auto const probes = [](std::uint64_t how_many, std::string_view did) {
        return (how_many == 1 ? "probe " : "probes ") + std::string{did};
    };
    if (!r.probes.empty()) {
        out += counter(n.probes_passed, "good", probes(n.probes_passed, "passed"));
    }
    if (n.probes_failed > 0) {
        out += counter(n.probes_failed, "bad", probes(n.probes_failed, "failed"));
    }
    if (n.probes_inconclusive > 0) {
        out +=
            counter(n.probes_inconclusive, "doubt", probes(n.probes_inconclusive, "inconclusive"));
    }
    if (n.unsigned_ > 0) {
        out += counter(
            n.unsigned_, "doubt", n.unsigned_ == 1 ? "statement unsigned" : "statements unsigned"
        );
    }
    if (n.waived > 0) {
        out += counter(n.waived, "doubt", n.waived == 1 ? "finding waived" : "findings waived");
    }
    if (!r.tenants.empty()) out += counter(r.tenants.size(), "", "tenants");
    if (n.requests > 0) out += counter(n.requests, "", "requests");
    return "<ul class=\"counts\">" + out + "</ul>\n";
}

static std::string links(run_result const& r)
{
    std::string out = "<nav aria-label=\"Sections\">";
    auto const link = [&](bool there, std::string_view id, std::string_view text) {
        if (there) out += fmt::format("<a href=\"#{}\">{}</a>", id, text);
    };
    link(!r.criteria.empty(), "criteria", "Criteria");
    link(!r.findings.empty(), "findings", "Findings");
    link(r.comparison.has_value(), "changes", "Against the baseline");
    link(!r.probes.empty(), "probes", "Probes");
    link(!r.tables.empty(), "tables", "Tables");
    link(!r.coverage.empty(), "coverage", "Coverage");
    link(r.latency.n > 0 || !r.series.empty(), "latency", "Latency");
    link(!r.operations.empty(), "operations", "Operations");
    link(!r.tenants.empty(), "tenants", "Tenants");
    link(!r.experiments.empty(), "experiments", "Experiments");
    link(r.drill.ran || !r.drill.note.empty(), "drill", "Drill");
    link(true, "provenance", "How it was run");
    return out + "</nav>\n";
}

static std::string list(std::vector<std::string> const& lines)
{
    std::string out = "<ul>";
    for (auto const& line : lines) out += "<li>" + esc(line) + "</li>";
    return out + "</ul>\n";
}

static std::string errors(run_result const& r)
{
    if (r.errors.empty()) return {};
    return "<h2 class=\"label\">What could not be done</h2>" + list(r.errors);
}

// Many of them would keep what failed out of sight.
static std::string notes(run_result const& r)
{
    constexpr std::size_t in_sight = 3;
    if (r.notes.empty()) return {};
    if (r.notes.size() <= in_sight) return "<h2 class=\"label\">Notes</h2>" + list(r.notes);
    return fmt::format(
        "<details class=\"notes\"><summary>{}</summary>{}</details>\n",
        counted(r.notes.size(), "note"),
        list(r.notes)
    );
}

std::string banner(run_result const& r)
{
    auto what = esc(r.scenario_name);
    if (!r.target.empty()) what += " at " + esc(r.target);
    if (!r.started_at.empty()) what += ", " + esc(r.started_at);
    what += ", " + lasting(r.duration_s);
    auto word = words(to_string(r.outcome));
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
    return fmt::format(
        "<div class=\"banner {}\" role=\"status\">\n<p class=\"what\">{}</p>\n<h1>{}</h1>\n"
        "<p class=\"why\">{}</p>\n{}{}{}</div>\n{}",
        tone_of(r.outcome),
        what,
        word,
        esc(r.summary),
        counters(r),
        errors(r),
        notes(r),
        links(r)
    );
}

} // namespace watertight::reports::sections
