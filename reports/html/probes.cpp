#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::sections {

using markup::esc;
using verdict::probe_outcome;
using verdict::probe_status;

static std::string_view tone_of(probe_status s)
{
    if (s == probe_status::pass) return "good";
    if (s == probe_status::not_applicable) return "";
    return s == probe_status::fail ? "bad" : "doubt";
}

static std::string row(probe_outcome const& p)
{
    auto const tone = tone_of(p.status);
    auto what = "<strong>" + esc(p.title.empty() ? p.id : p.title) + "</strong><br><code>" +
                esc(p.id) + "</code>";
    if (!p.reason.empty()) what += "<span class=\"note\">" + esc(p.reason) + "</span>";
    auto about = p.rationale.empty() ? std::string{} : "<p>" + esc(p.rationale) + "</p>";
    if (!p.remedy.empty()) about += "<p>Remedy: " + esc(p.remedy) + "</p>";
    auto classes = p.cwe;
    for (auto const* const id : {&p.owasp, &p.asvs}) {
        if (!id->empty()) classes += (classes.empty() ? "" : ", ") + *id;
    }
    if (!classes.empty()) about += "<p class=\"soft\">" + esc(classes) + "</p>";
    if (!about.empty()) {
        what +=
            "<details class=\"small\"><summary>about this probe</summary>" + about + "</details>";
    }
    bool const marks = p.status == probe_status::fail || p.status == probe_status::inconclusive;
    return fmt::format(
        "<tr class=\"{}\"><td>{}</td><td>{}</td>{}{}{}{}</tr>\n",
        marks ? tone : "",
        markup::badge(tone, words(to_string(p.status))),
        what,
        markup::cell("Guarantee", esc(to_string(p.kind))),
        markup::number_cell("Trials", number(p.trials), static_cast<double>(p.trials)),
        markup::number_cell("Controls", number(p.controls), static_cast<double>(p.controls)),
        markup::number_cell("Took", lasting(p.seconds), p.seconds)
    );
}

std::string probes(run_result const& r)
{
    if (r.probes.empty()) return {};
    std::vector<probe_outcome const*> sorted;
    for (auto const& p : r.probes) sorted.push_back(&p);
    auto const rank = [](probe_outcome const* p) {
        if (p->status == probe_status::fail) return 0;
        if (p->status == probe_status::inconclusive) return 1;
        return p->status == probe_status::pass ? 2 : 3;
    };
    std::ranges::stable_sort(sorted, {}, rank);
    std::string rows;
    for (auto const* const p : sorted) rows += row(*p);
    return markup::section(
        {.id = "probes",
         .title = "Probes",
         .lead = "a probe passes only where its control shows that it could have seen a violation",
         .body =
             "<div class=\"card flush\"><table class=\"stacks sortable\"><thead><tr>"
             "<th>Status</th><th>Probe</th><th>Guarantee</th><th class=\"num\">Trials</th>"
             "<th class=\"num\">Controls</th><th class=\"num\">Took</th></tr></thead><tbody>\n" +
             rows + "</tbody></table></div>\n"}
    );
}

} // namespace watertight::reports::sections
