#include "reports/html/drill_chart.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace watertight::reports::sections {

using markup::esc;
using verdict::drill_outcome;
using verdict::drill_phase;

static std::string budget_meter(drill_phase const& p)
{
    if (!p.budget_s || *p.budget_s <= 0) return {};
    auto const share = std::min(1.0, p.duration_s / *p.budget_s);
    return fmt::format(
        "<div class=\"meter\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><rect class=\"bar{}\" width=\"{:.2f}\" height=\"8\"/></svg></div>",
        p.within_budget ? "" : " over",
        share * 100
    );
}

static std::string phase_rows(drill_outcome const& d)
{
    std::string rows;
    for (auto const& p : d.phases) {
        auto const kept = !p.budget_s       ? markup::badge("", "no budget")
                          : p.within_budget ? markup::badge("good", "within budget")
                                            : markup::badge("bad", "over budget");
        auto const budget = p.budget_s ? lasting(*p.budget_s) : std::string{};
        rows += fmt::format(
            "<tr class=\"{}\"><td>{}</td><td><strong>{}</strong><span class=\"note\">{}</span></td>"
            "{}{}<td>{}</td></tr>\n",
            p.within_budget ? "" : "bad",
            kept,
            esc(p.name),
            esc(p.note),
            markup::number_cell("Took", lasting(p.duration_s), p.duration_s),
            markup::number_cell("Budget", budget, p.budget_s.value_or(0)),
            budget_meter(p)
        );
    }
    return "<div class=\"card flush\"><table class=\"stacks\"><thead><tr><th></th><th>Phase</th>"
           "<th class=\"num\">Took</th><th "
           "class=\"num\">Budget</th><th></th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

static std::string step_list(drill_outcome const& d)
{
    if (d.steps.empty()) return {};
    std::string rows;
    for (auto const& s : d.steps) {
        auto const output = s.output.empty() ? std::string{}
                                             : "<details class=\"small\"><summary>output</summary>"
                                               "<pre>" +
                                                   esc(s.output) + "</pre></details>";
        rows += fmt::format(
            "<tr class=\"{}\"><td>{}</td><td><strong>{}</strong> <span class=\"soft small\">{}"
            "</span>{}</td>{}{}</tr>\n",
            s.ok ? "" : "bad",
            markup::badge(s.ok ? "good" : "bad", s.ok ? "done" : "failed"),
            esc(s.name),
            esc(s.kind),
            output,
            markup::cell("Phase", esc(s.phase)),
            markup::number_cell("Took", lasting(s.duration_s), s.duration_s)
        );
    }
    return "<div class=\"card flush\"><table class=\"stacks\"><thead><tr><th></th><th>Step</th>"
           "<th>Phase</th><th class=\"num\">Took</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

static std::string fingerprint_list(drill_outcome const& d)
{
    if (d.fingerprints.empty()) return {};
    std::string rows;
    for (auto const& f : d.fingerprints) {
        rows += fmt::format(
            "<tr class=\"{}\"><td>{}</td><td><code>{}</code><span class=\"note\">{}</span></td>"
            "{}{}</tr>\n",
            f.equal ? "" : "bad",
            markup::badge(f.equal ? "good" : "bad", f.equal ? "as before" : "differs"),
            esc(f.store.empty() ? f.object : f.store + " " + f.object),
            esc(f.note),
            markup::number_cell(
                "Rows before", number(f.rows_before), static_cast<double>(f.rows_before)
            ),
            markup::number_cell(
                "Rows after", number(f.rows_after), static_cast<double>(f.rows_after)
            )
        );
    }
    return "<div class=\"card flush\"><table class=\"stacks sortable\"><thead><tr><th>Data</th>"
           "<th>Object</th><th class=\"num\">Rows before</th><th class=\"num\">Rows after</th>"
           "</tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

// The tenants that were back last, at most a few.
static std::string tenant_list(drill_outcome const& d)
{
    constexpr std::size_t shown_max = 10;
    if (d.tenants.empty()) return {};
    std::string rows;
    for (std::size_t i = 0; i < std::min(shown_max, d.tenants.size()); ++i) {
        auto const& t = d.tenants[i];
        auto const is_back = t.recovered_s.has_value();
        auto const last_bad = t.last_bad_s ? lasting(*t.last_bad_s) : "none";
        rows += fmt::format(
            "<tr class=\"{}\"><td>{}</td><td><strong>{}</strong></td>{}{}{}{}</tr>\n",
            is_back ? "" : "bad",
            markup::badge(is_back ? "good" : "bad", is_back ? "recovered" : "not recovered"),
            esc(t.slug),
            markup::number_cell(
                "Good again after",
                is_back ? lasting(*t.recovered_s) : "",
                t.recovered_s.value_or(0)
            ),
            markup::number_cell("Last bad answer after", last_bad, t.last_bad_s.value_or(0)),
            markup::number_cell(
                "Failed",
                number(t.failed) + " of " + number(t.requests),
                static_cast<double>(t.failed)
            ),
            markup::number_cell(
                "By the new version",
                number(t.new_after_rollback),
                static_cast<double>(t.new_after_rollback)
            )
        );
    }
    auto const more = d.tenants.size() > shown_max
                          ? fmt::format("The slowest of {} tenants", number(d.tenants.size()))
                          : std::string{"Tenants, the slowest first"};
    return "<h3 class=\"label\">" + more +
           "</h3><div class=\"card flush\"><table class=\"stacks\"><thead><tr><th></th>"
           "<th>Tenant</th><th class=\"num\">Good again after</th><th class=\"num\">Last bad "
           "answer after</th><th class=\"num\">Failed</th><th class=\"num\">By the new version"
           "</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

static std::string objectives(drill_outcome const& d)
{
    std::string out;
    for (auto const& fact : recovery_facts(d)) out += ", " + esc(fact);
    return out;
}

std::string drill(run_result const& r)
{
    auto const& d = r.drill;
    if (!d.ran && d.note.empty()) return {};
    if (!d.ran) {
        return markup::section(
            {.id = "drill",
             .title = "Rollback drill",
             .lead = markup::badge("bad", "not begun"),
             .body = "<p>" + esc(d.note) + "</p>\n"}
        );
    }
    auto lead =
        markup::badge(d.succeeded ? "good" : "bad", d.succeeded ? "succeeded" : "did not succeed") +
        fmt::format(
            " {} of {} acknowledged writes lost, {} of {} requests failed meanwhile",
            number(d.writes_lost),
            number(d.writes_acknowledged),
            number(d.failed_during),
            number(d.requests_during)
        ) +
        objectives(d);
    auto note = d.note.empty() ? std::string{} : "<p>" + esc(d.note) + "</p>\n";
    return markup::section(
        {.id = "drill",
         .title = "Rollback drill",
         .lead = lead,
         .body = note + drill_chart(d) + phase_rows(d) + tenant_list(d) + step_list(d) +
                 fingerprint_list(d)}
    );
}

} // namespace watertight::reports::sections
