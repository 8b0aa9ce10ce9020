#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace watertight::reports::sections {

using markup::cell;
using markup::esc;
using verdict::criterion_outcome;
using verdict::criterion_status;

static std::string_view tone_of(criterion_status s)
{
    if (s == criterion_status::met || s == criterion_status::attested) return "good";
    return s == criterion_status::not_met ? "bad" : "doubt";
}

// Where a failed criterion's evidence is on this page.
static std::string evidence_link(run_result const& r, criterion_outcome const& c)
{
    if (c.status != criterion_status::not_met) return {};
    auto const speaks_of = [&](std::string_view what) {
        return c.statement.find(what) != c.statement.npos;
    };
    std::string_view target;
    if (speaks_of("findings.") && !r.findings.empty())
        target = "findings";
    else if (speaks_of("probes."))
        target = "probes";
    else if (speaks_of("coverage."))
        target = "coverage";
    else if (speaks_of("drill."))
        target = "drill";
    else if (speaks_of("tenants."))
        target = "tenants";
    else if (speaks_of("latency.") || speaks_of("errors.") || speaks_of("availability"))
        target = "latency";
    if (target.empty()) return {};
    return fmt::format("<a class=\"note\" href=\"#{}\">see the evidence</a>", target);
}

static std::string margin_cell(criterion_outcome const& c)
{
    if (!c.margin) return cell("Margin", "");
    auto const tone = *c.margin < 0 ? "bad-text" : "good-text";
    auto const text = fmt::format("<span class=\"{}\">{}</span>", tone, percent(*c.margin, true));
    return markup::number_cell("Margin", text, *c.margin);
}

static std::string row(run_result const& r, criterion_outcome const& c)
{
    auto const tone = tone_of(c.status);
    auto what = "<strong>" + esc(c.id) + "</strong>";
    if (!c.answers.empty())
        what += " <span class=\"soft small\">answers " + esc(c.answers) + "</span>";
    // What no program measures is prose, not an expression.
    bool const is_statement = c.measured.empty() || c.status == criterion_status::waived;
    what += is_statement ? "<br>" + esc(c.statement) : "<br><code>" + esc(c.statement) + "</code>";
    if (!c.note.empty()) what += "<span class=\"note\">" + esc(c.note) + "</span>";
    what += evidence_link(r, c);

    bool const marks = tone != "good" && c.status != criterion_status::unattested &&
                       c.status != criterion_status::waived;
    auto const n =
        c.n == 0 ? cell("n", "") : markup::number_cell("n", number(c.n), static_cast<double>(c.n));
    return fmt::format(
        "<tr class=\"{}\"><td>{}</td><td>{}</td>{}{}{}{}</tr>\n",
        marks ? tone : "",
        markup::badge(tone, words(to_string(c.status))),
        what,
        cell("Measured", esc(c.measured)),
        cell("Required", esc(c.limit)),
        margin_cell(c),
        n
    );
}

std::string criteria(run_result const& r)
{
    if (r.criteria.empty()) return {};
    std::string rows;
    for (auto const* const c : by_urgency(r)) rows += row(r, *c);
    return markup::section(
        {.id = "criteria",
         .title = "Success criteria",
         .lead = "what failed first",
         .body = "<div class=\"card flush\"><table class=\"stacks\"><thead><tr><th>Status</th>"
                 "<th>Criterion</th><th>Measured</th><th>Required</th><th class=\"num\">Margin</th>"
                 "<th class=\"num\">n</th></tr></thead><tbody>\n" +
                 rows + "</tbody></table></div>\n"}
    );
}

} // namespace watertight::reports::sections
