#include "harness/base/text.hpp"
#include "harness/verdict/comparison.hpp"
#include "harness/verdict/waivers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::verdict {

// How many observations a criterion rests on, by what its first metric counts.
static std::uint64_t observations(requirement const& q, run_result const& r)
{
    auto const names = q.metrics_named();
    if (names.empty()) return 0;
    std::string_view const name = names.front();
    auto const is = [&](std::string_view prefix) { return name.starts_with(prefix); };
    if (is("latency.")) {
        for (auto const& op : r.operations) {
            if (is("latency." + op.name + ".")) return op.latency.n;
        }
        return r.latency.n;
    }
    if (is("findings.") || is("probes.")) {
        std::uint64_t trials = 0;
        for (auto const& p : r.probes) {
            evidence::guarantee kind{};
            auto const part = name.substr(name.find('.') + 1);
            bool const of_kind = evidence::parse(part, kind);
            if ((of_kind && p.kind == kind) || p.id == part ||
                (!of_kind && part.find('.') == part.npos)) {
                trials += p.trials;
            }
        }
        return trials;
    }
    if (is("availability") || is("errors.") || is("throughput.") || is("schedule.")) {
        return r.latency.n;
    }
    if (is("tenants.")) return r.tenants.size();
    if (is("experiment.")) {
        auto const* const e = find_experiment(r, name);
        return e == nullptr || e->arms.empty() ? 0 : e->arms.front().latency_us.size();
    }
    if (is("drill.writes")) return r.drill.writes_acknowledged;
    if (is("drill.fingerprints")) return r.drill.fingerprints.size();
    if (is("coverage.")) {
        auto const kind = name.substr(9);
        return static_cast<std::uint64_t>(std::ranges::count_if(
            r.coverage, [&](coverage_item const& c) { return kind.starts_with(c.kind); }
        ));
    }
    return 0;
}

static void measure(criterion const& c, run_result const& r, criterion_outcome& out)
{
    auto const answer = c.require->evaluate(r.metrics, intervals_of(r));
    out.statement = c.require->text();
    out.measured = answer.measured;
    out.limit = answer.limit;
    out.margin = answer.margin;
    out.n = observations(*c.require, r);
    if (answer.met) {
        out.status = *answer.met ? criterion_status::met : criterion_status::not_met;
        return;
    }
    out.status = criterion_status::inconclusive;
    if (answer.missing.empty()) {
        out.note = "the 95% interval holds the limit of " + answer.open +
                   ": it takes more blocks, or longer ones, to decide it";
        return;
    }
    out.note = answer.missing + " has no value: " + why_missing(answer.missing, r);
}

static criterion_outcome decide(criterion const& c, run_result const& r)
{
    criterion_outcome out;
    out.id = c.id;
    out.answers = c.answers;
    out.place = c.place;
    if (c.require) {
        measure(c, r, out);
        return out;
    }
    out.statement = c.attest;
    bool const is_signed = !c.attested_by.empty() && !c.attested_on.empty();
    out.status = is_signed ? criterion_status::attested : criterion_status::unattested;
    out.note = is_signed ? "attested by " + c.attested_by + " on " + c.attested_on
                         : "unsigned: nobody has attested this";
    return out;
}

static bool speaks_of_findings(criterion const& c)
{
    if (c.id.starts_with(stop_prefix)) return false;
    return c.require && std::ranges::any_of(c.require->metrics_named(), [](auto const& name) {
               return name.starts_with("findings.");
           });
}

// The rule that stands in where a scenario says nothing of findings: there must be none.
static void add_default_rule(run_result& r)
{
    auto const found = r.metrics.find("findings.total");
    if (found == r.metrics.end() || found->second == 0) return;
    criterion_outcome out;
    out.id = "findings";
    out.statement = "findings.total == 0";
    out.status = criterion_status::not_met;
    out.measured = "findings.total = " + format_value(found->second, unit::count);
    out.limit = "== 0";
    out.note = "no criterion speaks of findings, so that any fails the run";
    r.criteria.push_back(std::move(out));
}

// A probe that failed but left no finding is seen by no findings metric.
static void add_probes_without_finding(run_result& r)
{
    for (auto const& p : r.probes) {
        if (p.status != probe_status::fail) continue;
        if (std::ranges::find(r.findings, p.id, &evidence::finding::probe) != r.findings.end()) {
            continue;
        }
        criterion_outcome out;
        out.id = "probe " + p.id;
        out.statement = "a probe that fails reports what it found";
        out.status = criterion_status::not_met;
        out.measured = "failed without a finding";
        out.note = p.reason;
        r.criteria.push_back(std::move(out));
    }
}

static void keep_named_baselines(
    run_result& r, std::vector<criterion> const& criteria, run_result const& baseline
)
{
    for (auto const& c : criteria) {
        if (!c.require) continue;
        for (auto const& name : c.require->metrics_named()) {
            if (!name.starts_with("baseline.")) continue;
            auto const at =
                baseline.metrics.find(name.substr(std::string_view{"baseline."}.size()));
            if (at != baseline.metrics.end()) r.metrics[name] = at->second;
        }
    }
}

static std::vector<std::string> ids_with(run_result const& r, criterion_status s)
{
    std::vector<std::string> ids;
    for (auto const& c : r.criteria) {
        if (c.status == s) ids.push_back(c.id);
    }
    return ids;
}

static std::string some_of(std::vector<std::string> const& ids)
{
    constexpr std::size_t shown_max = 4;
    auto const shown = std::min(ids.size(), shown_max);
    auto text = join(std::span{ids}.first(shown), ", ");
    if (ids.size() > shown) text += fmt::format(" and {} more", ids.size() - shown);
    return text;
}

namespace {

struct reasons {
    std::string failed;
    std::string inconclusive;
    /// Nothing to judge by: no gate may let that pass.
    bool is_empty = false;
};

} // namespace

static reasons weigh(run_result const& r)
{
    reasons out;
    auto const not_met = ids_with(r, criterion_status::not_met);
    if (!not_met.empty()) {
        out.failed = fmt::format(
            "{} not met: {}",
            not_met.size() == 1 ? "1 criterion" : fmt::format("{} criteria", not_met.size()),
            some_of(not_met)
        );
    }
    std::vector<std::string> doubts;
    auto const unknown = ids_with(r, criterion_status::inconclusive);
    if (!unknown.empty()) {
        doubts.push_back(fmt::format(
            "{} could not be decided: {}",
            unknown.size() == 1 ? "1 criterion" : fmt::format("{} criteria", unknown.size()),
            some_of(unknown)
        ));
    }
    std::vector<std::string> blind;
    for (auto const& p : r.probes) {
        if (p.status == probe_status::inconclusive) blind.push_back(p.id);
    }
    if (!blind.empty()) {
        doubts.push_back(
            plural(blind.size(), "probe") + " could not have seen a violation: " + some_of(blind)
        );
    }
    if (!r.errors.empty()) doubts.push_back("not everything could be done: " + r.errors.front());
    out.is_empty = !r.metrics.contains("findings.total") &&
                   ids_with(r, criterion_status::met).empty() && not_met.empty();
    if (out.is_empty && doubts.empty()) doubts.push_back("nothing was examined");
    out.inconclusive = join(doubts, "; ");
    return out;
}

// What a reader of "passed" must know nevertheless.
static std::string passed_summary(run_result const& r)
{
    auto const met = ids_with(r, criterion_status::met).size();
    auto text = met == 1 ? std::string{"1 criterion met"} : fmt::format("{} criteria met", met);
    auto const passed = std::ranges::count(r.probes, probe_status::pass, &probe_outcome::status);
    if (passed > 0) {
        text += ", " + plural(static_cast<std::uint64_t>(passed), "probe") + " passed";
    }
    auto const open = r.metrics.find("findings.total");
    if (open != r.metrics.end() && open->second > 0) {
        text += fmt::format(
            "; {} that the criteria allow",
            plural(static_cast<std::uint64_t>(open->second), "finding")
        );
    }
    if (!r.waived.empty()) text += "; " + plural(r.waived.size(), "waived finding");
    auto const blank = ids_with(r, criterion_status::unattested);
    if (!blank.empty()) text += "; " + plural(blank.size(), "statement") + " unsigned";
    return text;
}

static void conclude(run_result& r, gate g)
{
    auto const why = weigh(r);
    bool const keeps = r.outcome == overall::interrupted || r.outcome == overall::not_run;
    if (keeps) {
        if (r.summary.empty()) {
            r.summary = r.outcome == overall::interrupted
                            ? "interrupted; what was measured until then is here"
                            : "the run could not be carried out";
        }
        if (!why.failed.empty()) r.summary += "; " + why.failed;
        return;
    }
    bool const lets_pass = g.inconclusive_passes && !why.is_empty;
    if (!why.failed.empty()) {
        r.outcome = overall::failed;
        r.summary = why.failed;
        if (!why.inconclusive.empty()) r.summary += "; " + why.inconclusive;
    } else if (!why.inconclusive.empty() && !lets_pass) {
        r.outcome = overall::inconclusive;
        r.summary = why.inconclusive;
    } else {
        r.outcome = overall::passed;
        r.summary = passed_summary(r);
        if (!why.inconclusive.empty()) r.summary += "; let pass by the gate: " + why.inconclusive;
    }
}

void judge(
    run_result& r,
    std::vector<criterion> const& criteria,
    std::vector<waiver> const& waivers,
    gate g,
    std::optional<run_result> const& baseline,
    std::string_view today
)
{
    r.criteria.clear();
    r.comparison.reset();
    std::vector<criterion_outcome> waived;
    apply_waivers(r, waivers, today);
    std::swap(waived, r.criteria);

    r.metrics = derive_metrics(r);
    if (baseline) keep_named_baselines(r, criteria, *baseline);
    for (auto const& c : criteria) r.criteria.push_back(decide(c, r));
    if (std::ranges::none_of(criteria, speaks_of_findings)) add_default_rule(r);
    add_probes_without_finding(r);
    std::ranges::move(waived, std::back_inserter(r.criteria));
    conclude(r, g);
    if (baseline) compare_with_baseline(r, {&*baseline, 1});
}

exit_code exit_code_of(overall o) noexcept
{
    switch (o) {
    case overall::passed:
        return exit_code::passed;
    case overall::failed:
        return exit_code::failed;
    case overall::inconclusive:
        return exit_code::inconclusive;
    case overall::not_run:
        return exit_code::not_run;
    case overall::interrupted:
        return exit_code::interrupted;
    }
    return exit_code::not_run;
}

} // namespace watertight::verdict
