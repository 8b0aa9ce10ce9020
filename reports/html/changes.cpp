// How the run differs from its baseline.

#include "harness/verdict/criteria.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/metric_text.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::sections {

using markup::esc;
using verdict::change_kind;
using verdict::metric_change;
using verdict::status_change;

static std::string named_baseline(verdict::baseline_comparison const& c)
{
    if (c.runs.empty()) return {};
    auto const& first = c.runs.front();
    if (c.runs.size() == 1) {
        return fmt::format(
            "run {} of {}: {}",
            esc(first.run_id),
            esc(first.started_at),
            words(to_string(first.outcome))
        );
    }
    return fmt::format(
        "{} from {} to {}",
        counted(c.runs.size(), "run"),
        esc(first.started_at),
        esc(c.runs.back().started_at)
    );
}

static std::string conclusion(verdict::run_comparison const& c)
{
    if (c.regressions.empty()) {
        return "<p>" + markup::badge("good", "nothing got worse") + "</p>\n";
    }
    constexpr std::size_t in_sight = 6;
    std::string lines = "<ul>";
    for (auto const& line : c.regressions) lines += "<li>" + esc(line) + "</li>";
    lines += "</ul>";
    auto out = "<p>" + markup::badge("bad", counted(c.regressions.size(), "regression")) + "</p>";
    // The tables tell the same, each of its kind.
    if (c.regressions.size() <= in_sight) return out + lines + "\n";
    return out + "<details><summary>a sentence each</summary>" + lines + "</details>\n";
}

static std::string verdict_badge(change_kind k)
{
    if (k == change_kind::worse) return markup::badge("bad", "worse");
    if (k == change_kind::better) return markup::badge("good", "better");
    return markup::badge("", k == change_kind::level ? "no difference shown" : "not judged");
}

static std::string metric_row(metric_change const& m)
{
    auto difference = esc(difference_text(m.after - m.before, m));
    if (m.interval) difference += "<span class=\"note\">" + esc(interval_text(m)) + "</span>";
    auto what = "<code>" + esc(m.name) + "</code>";
    if (!m.basis.empty()) what += "<span class=\"note\">" + esc(m.basis) + "</span>";
    return fmt::format(
        "<tr class=\"{}\"><td>{}</td><td>{}</td>{}{}{}</tr>\n",
        m.kind == change_kind::worse ? "bad" : "",
        verdict_badge(m.kind),
        what,
        markup::number_cell("Before", esc(verdict::format_value(m.before, m.in)), m.before),
        markup::number_cell("After", esc(verdict::format_value(m.after, m.in)), m.after),
        markup::number_cell("Difference", difference, m.after - m.before)
    );
}

static std::string metric_table(std::vector<metric_change const*> const& all)
{
    std::string rows;
    for (auto const* const m : all) rows += metric_row(*m);
    return "<div class=\"card flush\"><table class=\"stacks\"><thead><tr><th>Verdict</th>"
           "<th>Metric</th><th class=\"num\">Before</th><th class=\"num\">After</th>"
           "<th class=\"num\">Difference, 95% interval</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

// What changed is in sight; the others are a click away.
static std::string metric_tables(verdict::run_comparison const& c)
{
    auto const telling = telling_metrics(c, false);
    std::vector<metric_change const*> others;
    for (auto const* const m : telling_metrics(c, true)) {
        if (std::ranges::find(telling, m) == telling.end()) others.push_back(m);
    }
    std::string out;
    if (!telling.empty()) out += "<h3 class=\"label\">Metrics</h3>\n" + metric_table(telling);
    if (others.empty()) return out;
    return out + fmt::format(
                     "<details><summary>{} without a shown difference</summary>\n{}</details>\n",
                     counted(others.size(), telling.empty() ? "metric" : "more metric"),
                     metric_table(others)
                 );
}

static std::string finding_rows(
    std::string_view badge, std::string_view tone, std::vector<verdict::compared_finding> const& all
)
{
    std::string out;
    for (auto const& f : all) {
        out += fmt::format(
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td>{}</tr>\n",
            tone == "bad" ? "bad" : "",
            markup::badge(tone, badge),
            to_string(f.level),
            esc(f.title) + "<span class=\"note\">" + esc(f.channel) + "</span>",
            markup::cell("Probe", "<code>" + esc(f.probe) + "</code>")
        );
    }
    return out;
}

static std::string finding_table(verdict::run_comparison const& c)
{
    auto const rows = finding_rows("new", "bad", c.appeared) +
                      finding_rows("gone", "good", c.gone) +
                      finding_rows("persists", "doubt", c.persisting);
    if (rows.empty()) return {};
    return "<h3 class=\"label\">Findings</h3>\n<div class=\"card flush\"><table class=\"stacks\">"
           "<thead><tr><th>Before and now</th><th>Severity</th><th>Finding</th><th>Probe</th></tr>"
           "</thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

static std::string
status_cell(std::string_view label, std::string const& status, std::string const& measured)
{
    if (status.empty()) return markup::cell(label, "<span class=\"soft\">not there</span>");
    auto out = esc(words(status));
    if (!measured.empty()) out += "<span class=\"note\">" + esc(measured) + "</span>";
    return markup::cell(label, out);
}

static std::string status_rows(std::string_view kind, std::vector<status_change> const& all)
{
    std::string out;
    for (auto const& s : all) {
        if (s.before == s.after) continue;
        out += fmt::format(
            "<tr><td>{} <strong>{}</strong></td>{}{}</tr>\n",
            kind,
            esc(s.id),
            status_cell("Before", s.before, s.measured_before),
            status_cell("After", s.after, s.measured_after)
        );
    }
    return out;
}

static std::string status_table(verdict::run_comparison const& c)
{
    auto const rows = status_rows("criterion", c.criteria) + status_rows("probe", c.probes);
    if (rows.empty()) return {};
    return "<h3 class=\"label\">Other conclusions</h3>\n<div class=\"card flush\">"
           "<table class=\"stacks\"><thead><tr><th>Of</th><th>Before</th><th>After</th></tr>"
           "</thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

std::string changes(run_result const& r)
{
    if (!r.comparison) return {};
    auto const& c = r.comparison->changes;
    auto head = conclusion(c);
    for (auto const& note : c.notes) head += "<p class=\"soft small\">" + esc(note) + "</p>\n";
    head += fmt::format(
        "<p class=\"soft small\">Better and worse hold for all metrics together at 95% and, but "
        "for "
        "shares, exceed {} of the earlier value.</p>\n",
        percent(r.comparison->tolerance)
    );
    return markup::section(
        {.id = "changes",
         .title = "Compared with the baseline",
         .lead = named_baseline(*r.comparison),
         .body = "<div class=\"card\">" + head + "</div>\n" + finding_table(c) + status_table(c) +
                 metric_tables(c)}
    );
}

} // namespace watertight::reports::sections
