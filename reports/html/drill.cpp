#include "reports/html/markup.hpp"
#include "reports/html/plot.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace watertight::reports::sections {

using markup::esc;
using verdict::drill_outcome;
using verdict::drill_phase;

namespace {

struct bar {
    std::string name;
    std::string css;
    std::string text;
    double from = 0;
    double lasts = 0;
};

} // namespace

static std::string against_budget(drill_phase const& p)
{
    auto text = lasting(p.duration_s);
    if (p.budget_s) text += " of " + lasting(*p.budget_s);
    return text;
}

// Each phase, and under it its steps.
static std::vector<bar> bars_of(drill_outcome const& d)
{
    std::vector<bar> out;
    for (auto const& p : d.phases) {
        out.push_back(
            {p.name,
             p.within_budget ? "bar" : "bar over",
             against_budget(p),
             p.started_s,
             p.duration_s}
        );
        for (auto const& s : d.steps) {
            if (s.phase != p.name) continue;
            out.push_back(
                {"  " + s.name,
                 s.ok ? "area" : "failed",
                 lasting(s.duration_s),
                 s.started_s,
                 s.duration_s}
            );
        }
    }
    return out;
}

static std::string cut(std::string const& text, std::size_t most)
{
    if (columns(text) <= most) return text;
    auto at = most - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    return text.substr(0, at) + "…";
}

static std::string timeline(drill_outcome const& d)
{
    auto const bars = bars_of(d);
    if (bars.empty()) return {};
    constexpr double row_height = 24;
    markup::frame f;
    f.left = 190;
    f.width = 600;
    f.top = 8;
    f.height = row_height * static_cast<double>(bars.size());
    f.x_min = bars.front().from;
    f.x_max = f.x_min;
    for (auto const& b : bars) {
        f.x_min = std::min(f.x_min, b.from);
        f.x_max = std::max(f.x_max, b.from + b.lasts);
    }
    f.x_max = std::max(f.x_max, f.x_min + 1e-3);

    std::string out;
    auto const step = markup::step_for(f.x_max - f.x_min);
    for (double at = 0; at <= f.x_max - f.x_min; at += step) {
        auto const x = f.x(f.x_min + at);
        out += fmt::format(
            "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>\n",
            x,
            f.top,
            f.top + f.height
        );
        out += markup::text_at({x, f.top + f.height + 18, "middle"}, at == 0 ? "0" : lasting(at));
    }
    double y = f.top;
    for (auto const& b : bars) {
        bool const is_phase = b.css.starts_with("bar");
        auto const x = f.x(b.from);
        auto const wide = std::max(2.0, f.x(b.from + b.lasts) - x);
        out += fmt::format(
            "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
            "rx=\"2\"/>\n",
            b.css,
            x,
            y + (is_phase ? 5 : 8),
            wide,
            is_phase ? 14.0 : 8.0
        );
        auto const css = is_phase ? "value" : "";
        auto const indent = is_phase ? 0 : 12;
        out += markup::text_at({8.0 + indent, y + 16, "start", css}, cut(b.name, 30));
        // Beside the bar where there is room, otherwise before it.
        bool const after =
            x + wide + 8 + 6.5 * static_cast<double>(b.text.size()) < f.left + f.width + 20;
        auto const at = after ? x + wide + 6 : x - 6;
        out += markup::text_at({at, y + 16, after ? "start" : "end", css}, b.text);
        y += row_height;
    }
    return "<div class=\"card\"><h4>Timeline</h4><div class=\"plot\">" +
           markup::open_svg(f, "Timeline of the drill") + out + "</svg></div></div>\n";
}

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
            esc(f.object),
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

std::string drill(run_result const& r)
{
    auto const& d = r.drill;
    if (!d.ran) return {};
    auto lead =
        markup::badge(d.succeeded ? "good" : "bad", d.succeeded ? "succeeded" : "did not succeed") +
        fmt::format(
            " {} of {} acknowledged writes lost, {} of {} requests failed meanwhile",
            number(d.writes_lost),
            number(d.writes_acknowledged),
            number(d.failed_during),
            number(d.requests_during)
        );
    auto note = d.note.empty() ? std::string{} : "<p>" + esc(d.note) + "</p>\n";
    return markup::section(
        {.id = "drill",
         .title = "Rollback drill",
         .lead = lead,
         .body = note + timeline(d) + phase_rows(d) + step_list(d) + fingerprint_list(d)}
    );
}

} // namespace watertight::reports::sections
