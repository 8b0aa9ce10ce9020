#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "reports/terminal_drill.hpp"
#include "reports/terminal_page.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace watertight::reports {

static tone tone_of(verdict::overall o)
{
    if (o == verdict::overall::passed) return tone::good;
    return o == verdict::overall::failed || o == verdict::overall::not_run ? tone::bad
                                                                           : tone::doubt;
}

static tone tone_of(verdict::criterion_status s)
{
    using verdict::criterion_status;
    if (s == criterion_status::met || s == criterion_status::attested) return tone::good;
    return s == criterion_status::not_met ? tone::bad : tone::doubt;
}

static tone tone_of(verdict::probe_status s)
{
    using verdict::probe_status;
    if (s == probe_status::pass) return tone::good;
    if (s == probe_status::not_applicable) return tone::faint;
    return s == probe_status::fail ? tone::bad : tone::doubt;
}

static std::string upper(std::string text)
{
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

// "12 met, 1 not met": the parts that are not 0.
static std::string tallied(std::initializer_list<std::pair<std::uint64_t, char const*>> parts)
{
    std::string out;
    for (auto const& [n, what] : parts) {
        if (n == 0) continue;
        if (!out.empty()) out += ", ";
        out += glued(number(n) + " " + what);
    }
    return out;
}

static std::string against_baseline(verdict::baseline_comparison const& c)
{
    auto const worse = c.changes.regressions.size();
    auto const of =
        c.runs.size() == 1 ? "run " + c.runs.front().run_id : counted(c.runs.size(), "run");
    auto const what = worse == 0 ? std::string{"nothing got worse"} : counted(worse, "regression");
    return what + " against " + of;
}

static void write_head(verdict::run_result const& r, page& out)
{
    auto const n = count(r);
    auto const word = upper(words(to_string(r.outcome)));
    out.labelled(
        {.label = word,
         .text = r.scenario_name + (r.target.empty() ? "" : " at " + r.target),
         .indent = 0,
         .label_width = columns(word) + 2,
         .of_label = tone_of(r.outcome)}
    );
    if (!r.summary.empty()) out.paragraph(r.summary, 0);
    out.blank();
    if (!r.criteria.empty()) {
        out.labelled(
            {.label = "criteria",
             .text = tallied(
                 {{n.not_met, "not met"},
                  {n.undecided, "undecided"},
                  {n.met, "met"},
                  {n.attested, "attested"},
                  {n.unsigned_, "unsigned"}}
             )}
        );
    }
    if (!r.probes.empty()) {
        out.labelled(
            {.label = "probes",
             .text = tallied(
                 {{n.probes_failed, "failed"},
                  {n.probes_inconclusive, "inconclusive"},
                  {n.probes_passed, "passed"},
                  {n.probes_not_applicable, "not applicable"}}
             )}
        );
    }
    if (n.checks > 0) {
        out.labelled(
            {.label = "checks",
             .text = fmt::format("{}/{} passed", number(n.checks_passed), number(n.checks))}
        );
    }
    auto findings = n.findings == 0 ? std::string{"none"} : number(n.findings);
    if (n.waived > 0) findings += ", and " + number(n.waived) + " waived";
    out.labelled({.label = "findings", .text = findings});
    if (n.requests > 0) out.labelled({.label = "requests", .text = number(n.requests)});
    if (r.comparison) out.labelled({.label = "baseline", .text = against_baseline(*r.comparison)});
    out.labelled(
        {.label = "run",
         .text = fmt::format("{} in {}, seed {}", r.run_id, lasting(r.duration_s), r.seed)}
    );
}

static void write_criterion(verdict::criterion_outcome const& c, page& out)
{
    auto title = words(to_string(c.status));
    out.labelled(
        {.label = title,
         .text = c.id + (c.answers.empty() ? "" : " (answers " + c.answers + ")"),
         .label_width = 14,
         .of_label = tone_of(c.status)}
    );
    using verdict::criterion_status;
    bool const is_measured =
        c.status == criterion_status::met || c.status == criterion_status::not_met;
    auto text = c.statement;
    if (is_measured) {
        text = c.measured;
        if (!c.limit.empty()) text += ", required " + c.limit;
        if (c.margin) text += ", margin " + percent(*c.margin, true);
        if (c.n > 0) text += ", n = " + number(c.n);
    }
    out.paragraph(text, 16);
    if (!c.note.empty()) out.paragraph(c.note, 16);
}

static void write_criteria(verdict::run_result const& r, page& out)
{
    if (r.criteria.empty()) return;
    out.heading("Criteria");
    for (auto const* const c : by_urgency(r)) write_criterion(*c, out);
}

static void write_finding(
    verdict::run_result const& r, evidence::finding const& f, std::size_t index, page& out
)
{
    if (index > 1) out.blank();
    auto const waived = r.waived.find(f.fingerprint());
    auto const level = waived == r.waived.end() ? std::string{to_string(f.level)} : "waived";
    out.labelled(
        {.label = fmt::format("{}. {}", index, upper(level)),
         .text = f.title,
         .label_width = 14,
         .of_label = waived == r.waived.end() ? tone::bad : tone::doubt}
    );
    auto const row = [&](char const* label, std::string text) {
        if (text.empty()) return;
        out.labelled({.label = label, .text = std::move(text), .indent = 5, .label_width = 11});
    };
    row("guarantee", std::string{to_string(f.kind)});
    row("victim", f.victim);
    row("intruder", f.intruder);
    row("channel", f.channel);
    row("probe", f.probe + (f.cwe.empty() ? "" : " (" + f.cwe + ")"));
    row("seen",
        counted(f.count, "time") +
            (f.pairs.size() > 1 ? ", " + counted(f.pairs.size(), "tenant pair") : ""));
    row("detail", f.detail);
    row("token", f.token + (f.position.empty() ? "" : " in " + f.position));
    row("remedy", f.remedy);
    if (waived != r.waived.end()) row("waived", waived->second);
    if (f.reproduction.empty()) return;
    out.paragraph("reproduce with:", 5, tone::faint);
    out.verbatim(f.reproduction, 5);
}

static void write_findings(verdict::run_result const& r, page& out)
{
    if (r.findings.empty()) return;
    out.heading("Findings");
    std::size_t index = 0;
    for (auto const& f : r.findings) write_finding(r, f, ++index, out);
}

static void write_probes(verdict::run_result const& r, page& out)
{
    if (r.probes.empty()) return;
    out.heading("Probes");
    for (auto const& p : r.probes) {
        auto text = p.id;
        if (p.trials > 0) text += ", " + counted(p.trials, "trial");
        if (p.controls > 0) text += ", " + counted(p.controls, "control");
        out.labelled(
            {.label = words(to_string(p.status)),
             .text = text,
             .label_width = 16,
             .of_label = tone_of(p.status)}
        );
        bool const tells = p.status != verdict::probe_status::pass && !p.reason.empty();
        if (tells) out.paragraph(p.reason, 18);
    }
}

// Columns beside each other where they fit; otherwise a paragraph a row.
static void write_table(verdict::result_table const& t, page& out)
{
    out.heading(t.title.empty() ? t.id : t.title);
    std::vector<std::size_t> widths;
    for (auto const& name : t.columns) widths.push_back(columns(visible(name)));
    for (auto const& row : t.rows) {
        for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
            widths[i] = std::max(widths[i], columns(visible(row[i])));
        }
    }
    std::size_t total = 0;
    for (auto const width : widths) total += width + 2;
    if (total <= out.width()) {
        out.row(t.columns, widths, tone::faint);
        for (auto const& row : t.rows) out.row(row, widths, tone::plain);
        return;
    }
    for (auto const& row : t.rows) {
        if (row.empty()) continue;
        out.paragraph(row.front(), 2, tone::strong);
        std::string text;
        for (std::size_t i = 1; i < std::min(row.size(), t.columns.size()); ++i) {
            if (row[i].empty()) continue;
            text += (text.empty() ? "" : "; ") + t.columns[i] + ": " + row[i];
        }
        if (!text.empty()) out.paragraph(text, 4);
    }
}

static void write_tables(verdict::run_result const& r, page& out)
{
    for (auto const& t : r.tables) {
        if (!t.rows.empty()) write_table(t, out);
    }
}

static void write_latency(verdict::run_result const& r, page& out)
{
    auto const& h = r.latency;
    if (h.n == 0) return;
    out.heading("Latency");
    auto const at = [](std::string name, std::uint64_t us) {
        return glued(std::move(name) + " " + micros(static_cast<double>(us)));
    };
    out.paragraph(
        fmt::format(
            "{}, {}, {}, {}, {}, {}, {}",
            at("p50", h.p50_us),
            at("p90", h.p90_us),
            at("p95", h.p95_us),
            at("p99", h.p99_us),
            at("p99.9", h.p999_us),
            at("max", h.max_us),
            glued("n = " + number(h.n))
        ),
        2
    );
    for (auto const& p : r.phases) {
        if (p.kind != "traffic") continue;
        auto text = per_second(p.achieved_per_s) + " answered";
        if (p.offered_per_s > 0) text += " of " + per_second(p.offered_per_s) + " offered";
        if (p.unsent > 0) text += ", " + number(p.unsent) + " unsent";
        if (p.tenants > 0) text += ", " + counted(p.tenants, "tenant");
        if (p.latency.n > 0) text += ", p95 " + micros(static_cast<double>(p.latency.p95_us));
        if (p.duration_s <= 0 && !p.note.empty()) text = p.note;
        out.labelled({.label = p.name, .text = text, .label_width = 12});
    }
}

static void write_experiments(verdict::run_result const& r, page& out)
{
    if (r.experiments.empty()) return;
    out.heading("Experiments");
    for (auto const& e : r.experiments) {
        auto text = e.note;
        auto const blocks = e.arms.empty() ? 0 : e.arms.front().latency_us.size();
        if (e.latency) text = change("latency", *e.latency);
        if (e.queries) text += "; " + change("database queries", *e.queries);
        if (e.latency) text += fmt::format("; {} an arm", counted(blocks, "block"));
        out.labelled(
            {.label = e.name,
             .text = text,
             .label_width = 14,
             .of_label = e.latency ? tone::good : tone::doubt}
        );
    }
}

static void write_coverage(verdict::run_result const& r, page& out)
{
    if (r.coverage.empty()) return;
    out.heading("Coverage");
    struct tally {
        std::uint64_t examined = 0;
        std::uint64_t all = 0;
        std::string missed;
    };
    std::map<std::string, tally> kinds;
    for (auto const& c : r.coverage) {
        auto& t = kinds[c.kind];
        t.all += 1;
        t.examined += c.examined ? 1 : 0;
        // Pairs are too many to name.
        if (!c.examined && c.kind != "pair") t.missed += (t.missed.empty() ? "" : ", ") + c.name;
    }
    for (auto const& [kind, t] : kinds) {
        auto text = fmt::format("{} of {} examined", number(t.examined), number(t.all));
        if (!t.missed.empty()) text += "; not " + t.missed;
        out.labelled({.label = words(kind), .text = text, .label_width = 12});
    }
}

static void write_remarks(verdict::run_result const& r, page& out)
{
    if (!r.errors.empty()) out.heading("What could not be done");
    for (auto const& e : r.errors) out.labelled({.label = "-", .text = e, .label_width = 2});
    if (!r.notes.empty()) out.heading("Notes");
    for (auto const& n : r.notes) out.labelled({.label = "-", .text = n, .label_width = 2});
}

std::string terminal(verdict::run_result const& r, terminal_style style)
{
    page out{style};
    write_head(r, out);
    write_criteria(r, out);
    write_findings(r, out);
    write_probes(r, out);
    write_tables(r, out);
    write_latency(r, out);
    write_experiments(r, out);
    write_drill(r, out);
    write_coverage(r, out);
    write_remarks(r, out);
    return out.take();
}

} // namespace watertight::reports
