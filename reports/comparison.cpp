#include "harness/base/text.hpp"
#include "reports/document.hpp"
#include "reports/metric_text.hpp"
#include "reports/reports.hpp"
#include "reports/terminal_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports {

using verdict::change_kind;
using verdict::metric_change;
using verdict::run_comparison;

static tone tone_of(change_kind k)
{
    if (k == change_kind::worse) return tone::bad;
    return k == change_kind::better ? tone::good : tone::plain;
}

static std::vector<std::string> metric_cells(metric_change const& m)
{
    auto const kind = m.kind == change_kind::worse    ? "worse"
                      : m.kind == change_kind::better ? "better"
                                                      : "";
    return {
        m.name,
        verdict::format_value(m.before, m.in),
        verdict::format_value(m.after, m.in),
        difference_text(m.after - m.before, m),
        interval_text(m),
        kind};
}

using table_rows = std::vector<std::vector<std::string>>;

static std::vector<std::size_t> widths_of(table_rows const& rows)
{
    std::vector<std::size_t> out(rows.front().size());
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out[i] = std::max(out[i], columns(visible(row[i])));
        }
    }
    return out;
}

// A row a metric where the page is wide enough for that; otherwise a name and a line below it.
static void write_metrics(run_comparison const& c, bool all, page& out)
{
    auto const shown = telling_metrics(c, all);
    auto const rest = c.metrics.size() - shown.size();
    if (c.metrics.empty()) return;
    out.heading("Metrics");
    table_rows rows{{"metric", "before", "after", "change", "95% interval", ""}};
    for (auto const* m : shown) rows.push_back(metric_cells(*m));
    auto const widths = widths_of(rows);
    std::size_t total = 0;
    for (auto const w : widths) total += w + 2;
    bool const fits = total <= out.width();
    if (fits) out.row(rows.front(), widths, tone::faint);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        auto const& cells = rows[i + 1];
        auto const look = tone_of(shown[i]->kind);
        if (fits) {
            out.row(cells, widths, look);
            continue;
        }
        auto const kind = cells[5].empty() ? std::string{} : ", " + cells[5];
        out.paragraph(cells[0] + kind, 2, look);
        out.paragraph(fmt::format("{} -> {}, {} ({})", cells[1], cells[2], cells[3], cells[4]), 4);
    }
    if (rest > 0) {
        out.paragraph(counted(rest, "more metric") + " without a shown difference: --all", 2);
    }
}

static void write_findings(
    std::string_view title, std::vector<verdict::compared_finding> const& all, tone look, page& out
)
{
    if (all.empty()) return;
    out.heading(fmt::format("{} ({})", title, all.size()));
    for (auto const& f : all) {
        out.paragraph(fmt::format("{} ({})", f.title, to_string(f.level)), 2, look);
        out.paragraph(fmt::format("{}, {}", f.channel, f.probe), 4, tone::faint);
    }
}

static std::string standing_text(std::string const& status, std::string const& measured)
{
    if (status.empty()) return "not there";
    return words(status) + (measured.empty() ? "" : " (" + measured + ")");
}

static void
write_standings(std::string_view title, std::vector<verdict::status_change> const& all, page& out)
{
    if (all.empty()) return;
    out.heading(std::string{title});
    for (auto const& s : all) {
        bool const is_same = s.before == s.after;
        auto const then = standing_text(s.before, s.measured_before);
        auto const now = standing_text(s.after, s.measured_after);
        auto const text =
            is_same && s.measured_before == s.measured_after ? now : then + " -> " + now;
        out.paragraph(s.id, 2, is_same ? tone::plain : tone::strong);
        out.paragraph(text, 4);
    }
}

std::string comparison_text(run_comparison const& c, terminal_style style, bool all)
{
    page out{style};
    if (c.regressions.empty()) {
        out.paragraph("NOTHING GOT WORSE", 0, tone::good);
    } else {
        out.paragraph(
            fmt::format("WORSE: {}", counted(c.regressions.size(), "regression")), 0, tone::bad
        );
        for (auto const& line : c.regressions) out.paragraph(line, 2);
    }
    write_findings("New findings", c.appeared, tone::bad, out);
    write_findings("Findings that are gone", c.gone, tone::good, out);
    write_findings("Findings that persist", c.persisting, tone::plain, out);
    write_standings("Criteria", c.criteria, out);
    write_standings("Probes that came to another conclusion", c.probes, out);
    write_metrics(c, all, out);
    if (!c.notes.empty()) out.heading("Notes");
    for (auto const& note : c.notes) out.paragraph(note, 2);
    return out.take();
}

static document finding_documents(std::vector<verdict::compared_finding> const& all)
{
    document out = document::array();
    for (auto const& f : all) {
        out.push_back(
            {{"fingerprint", visible(f.fingerprint)},
             {"probe", visible(f.probe)},
             {"severity", to_string(f.level)},
             {"title", visible(f.title)},
             {"channel", visible(f.channel)}}
        );
    }
    return out;
}

static document standing_documents(std::vector<verdict::status_change> const& all)
{
    document out = document::array();
    auto const word = [](std::string const& s) {
        return s.empty() ? document(nullptr) : document(s);
    };
    for (auto const& s : all) {
        document one{{"id", visible(s.id)}};
        one["before"] = word(s.before);
        one["after"] = word(s.after);
        one["measured_before"] = visible(s.measured_before);
        one["measured_after"] = visible(s.measured_after);
        out.push_back(std::move(one));
    }
    return out;
}

static document metric_document(metric_change const& m)
{
    document out{{"name", visible(m.name)}};
    out["before"] = m.before;
    out["after"] = m.after;
    out["difference"] = m.after - m.before;
    out["interval"] = nullptr;
    if (m.interval) out["interval"] = document::array({m.interval->first, m.interval->second});
    out["basis"] = m.basis;
    out["change"] = verdict::to_string(m.kind);
    return out;
}

std::string comparison_json(run_comparison const& c)
{
    document metrics = document::array();
    for (auto const& m : c.metrics) metrics.push_back(metric_document(m));
    document regressions = document::array();
    for (auto const& line : c.regressions) regressions.push_back(visible(line));
    document notes = document::array();
    for (auto const& line : c.notes) notes.push_back(visible(line));
    document out{{"schema", 1}};
    out["worse"] = !c.regressions.empty();
    out["regressions"] = std::move(regressions);
    out["findings"]["new"] = finding_documents(c.appeared);
    out["findings"]["gone"] = finding_documents(c.gone);
    out["findings"]["persisting"] = finding_documents(c.persisting);
    out["criteria"] = standing_documents(c.criteria);
    out["probes"] = standing_documents(c.probes);
    out["metrics"] = std::move(metrics);
    out["notes"] = std::move(notes);
    return dump(out);
}

} // namespace watertight::reports
