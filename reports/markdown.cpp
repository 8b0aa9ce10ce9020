// For the summary of a job. GitHub drops a step's summary as a whole when it is larger than 1 MiB,
// so that what does not fit is left out block by block, and said to be.

#include "harness/base/text.hpp"
#include "reports/document.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports {

namespace {

// Steps of the same job may write summaries, too.
constexpr std::size_t bytes_max = 900'000;
constexpr std::size_t cell_bytes_max = 2'000;
constexpr std::size_t code_bytes_max = 16'000;

/// Text made of blocks, each of which is there as a whole or not at all.
class summary_page {
public:
    void add(std::string_view block)
    {
        if (left_out_ > 0 || text_.size() + block.size() > bytes_max) {
            ++left_out_;
            return;
        }
        text_ += block;
    }

    std::string take()
    {
        if (left_out_ > 0) {
            text_ += fmt::format(
                "\n*{} left out here: see report.html or result.json.*\n",
                counted(left_out_, "part was", "parts were")
            );
        }
        return std::move(text_);
    }

private:
    std::string text_;
    std::size_t left_out_ = 0;
};

} // namespace

// Everything that Markdown or HTML would read as more than text becomes a character reference, and
// a line's end a space: foreign text is one line of nothing but text.
static std::string md(std::string_view text)
{
    std::string out;
    for (char const c : cut(text, cell_bytes_max)) {
        if (c == '\n') {
            out += ' ';
        } else if (std::string_view{"\\`*_{}[]()#!|<>&~\"'$@"}.find(c) != std::string_view::npos) {
            out += fmt::format("&#{};", static_cast<int>(c));
        } else {
            out += c;
        }
    }
    // Either makes a link of what follows.
    return replace_all(replace_all(std::move(out), "://", "&#58;//"), "www.", "www&#46;");
}

// A fence longer than any run of backticks within.
static std::string fenced(std::string_view language, std::string_view text)
{
    auto const body = cut(text, code_bytes_max);
    std::size_t longest = 2;
    std::size_t run = 0;
    for (char const c : body) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    std::string const fence(longest + 1, '`');
    return fmt::format("{}{}\n{}\n{}\n", fence, language, body, fence);
}

static char const* sign_of(verdict::criterion_status s)
{
    using verdict::criterion_status;
    switch (s) {
    case criterion_status::met:
    case criterion_status::attested:
        return "✅";
    case criterion_status::not_met:
        return "❌";
    case criterion_status::inconclusive:
        return "❔";
    case criterion_status::waived:
    case criterion_status::unattested:
        return "➖";
    }
    return "";
}

static std::string head_block(verdict::run_result const& r)
{
    auto const n = count(r);
    auto const sign = r.outcome == verdict::overall::passed   ? "✅"
                      : r.outcome == verdict::overall::failed ? "❌"
                                                              : "❔";
    auto out = fmt::format(
        "## {} Watertight: {} {}\n\n{}\n\n",
        sign,
        md(r.scenario_name),
        words(to_string(r.outcome)),
        md(r.summary)
    );
    out += fmt::format(
        "{} of {} passed, {} ({} waived), {}.\n\n",
        number(n.checks_passed),
        counted(n.checks, "check"),
        counted(n.findings, "finding"),
        number(n.waived),
        counted(n.requests, "request")
    );
    return out;
}

static void add_criteria(verdict::run_result const& r, summary_page& out)
{
    if (r.criteria.empty()) return;
    out.add(
        "### Criteria\n\n| | criterion | measured | required | margin |\n|---|---|---|---|---|\n"
    );
    for (auto const* const c : by_urgency(r)) {
        auto const shown = c->measured.empty() ? c->note : c->measured;
        out.add(fmt::format(
            "| {} | {} | {} | {} | {} |\n",
            sign_of(c->status),
            md(c->id),
            md(shown),
            md(c->statement),
            c->margin ? percent(*c->margin, true) : ""
        ));
    }
    out.add("\n");
}

static std::string finding_block(verdict::run_result const& r, evidence::finding const& f)
{
    auto out = fmt::format(
        "<details><summary><b>{}</b> {} ({}){}</summary>\n\n",
        to_string(f.level),
        md(f.title),
        md(f.channel),
        is_waived(r, f) ? ", waived" : ""
    );
    out += md(f.detail) + "\n\n";
    auto const line = [&](char const* label, std::string const& value) {
        if (!value.empty()) out += fmt::format("- {}: {}\n", label, md(value));
    };
    line("probe", f.probe);
    line("victim", f.victim);
    line("intruder", f.intruder);
    line("position", f.position);
    line("weakness", f.cwe);
    line("seen", counted(f.count, "time"));
    line("how to fix", f.remedy);
    if (!f.reproduction.empty()) out += "\n" + fenced("sh", f.reproduction);
    if (auto const* const proof = proving_exchange(f)) {
        out += "\n" + fenced("http", proof->request + "\n\n" + proof->response);
    }
    return out + "\n</details>\n\n";
}

static void add_undecided(verdict::run_result const& r, summary_page& out)
{
    bool is_first = true;
    for (auto const& p : r.probes) {
        if (p.status != verdict::probe_status::inconclusive) continue;
        if (is_first) out.add("### Probes that could not have seen a violation\n\n");
        is_first = false;
        out.add(fmt::format("- {}: {}\n", md(p.id), md(p.reason)));
    }
    if (!is_first) out.add("\n");
}

static void add_regressions(verdict::run_result const& r, summary_page& out)
{
    if (!r.comparison || r.comparison->changes.regressions.empty()) return;
    out.add("### Worse than the baseline\n\n");
    for (auto const& line : r.comparison->changes.regressions) out.add("- " + md(line) + "\n");
    out.add("\n");
}

static void add_latencies(verdict::run_result const& r, summary_page& out)
{
    if (r.operations.empty()) return;
    out.add("### Load\n\n| operation | ok | failed | p50 | p95 | p99 "
            "|\n|---|---:|---:|---:|---:|---:|\n");
    for (auto const& o : r.operations) {
        std::uint64_t failed = 0;
        for (auto const& [kind, n] : o.errors) failed += n;
        auto const us = [](std::uint64_t n) { return micros(static_cast<double>(n)); };
        out.add(fmt::format(
            "| {} | {} | {} | {} | {} | {} |\n",
            md(o.name),
            number(o.ok),
            number(failed),
            us(o.latency.p50_us),
            us(o.latency.p95_us),
            us(o.latency.p99_us)
        ));
    }
    out.add("\n");
}

std::string markdown(verdict::run_result const& r)
{
    summary_page out;
    out.add(head_block(r));
    add_criteria(r, out);
    add_regressions(r, out);
    if (!r.findings.empty()) out.add("### Findings\n\n");
    for (auto const& f : r.findings) out.add(finding_block(r, f));
    add_undecided(r, out);
    add_latencies(r, out);
    return out.take();
}

} // namespace watertight::reports
