#include "harness/drill/timeline.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <map>

namespace watertight::drill {

// Of a drill that takes hours.
static constexpr int points_max = 400;

// Who is answered by the new version after the rollback is not back, however well it answers.
static bool is_bad(answer const& a)
{
    return !a.ok || a.version == version_seen::new_one;
}

recovery
find_recovery(std::span<answer const> answers, steady::time_point since, std::size_t good_in_a_row)
{
    recovery out{.recovered = false, .last_bad = {}, .back = since};
    std::size_t good = 0;
    for (auto const& a : answers) {
        if (a.intended < since) continue;
        if (is_bad(a)) {
            good = 0;
            out.last_bad = a.finished;
        } else if (++good == 1 && out.last_bad) {
            out.back = a.finished;
        }
    }
    out.recovered = good >= good_in_a_row;
    return out;
}

std::vector<tenant_view> view_of_tenants(
    std::span<answer const> answers,
    steady::time_point from,
    steady::time_point since,
    std::size_t good_in_a_row
)
{
    std::map<tenant_index, std::vector<answer>> by_tenant;
    for (auto const& a : answers) {
        if (a.is_tenants) by_tenant[a.tenant].push_back(a);
    }
    auto const share = by_tenant.empty() ? 0 : good_in_a_row / by_tenant.size();
    std::vector<tenant_view> out;
    for (auto const& [tenant, own] : by_tenant) {
        tenant_view view{.tenant = tenant};
        for (auto const& a : own) {
            if (a.finished < from) continue;
            ++view.requests;
            if (!a.ok) ++view.failed;
            if (a.intended >= since && a.version == version_seen::new_one) ++view.new_after;
        }
        view.back = find_recovery(own, since, std::max<std::size_t>(share, 2));
        out.push_back(view);
    }
    return out;
}

std::chrono::nanoseconds recovery_time(
    std::span<answer const> answers,
    steady::time_point from,
    std::optional<steady::time_point> failed_at
)
{
    std::optional<steady::time_point> first = failed_at;
    std::optional<steady::time_point> last;
    for (auto const& a : answers) {
        if (a.ok || a.finished < failed_at.value_or(from)) continue;
        if (!first) first = a.finished;
        last = a.finished;
    }
    return last ? *last - *first : std::chrono::nanoseconds{};
}

std::vector<verdict::drill_point>
series_of(std::span<answer const> answers, steady::time_point run_start)
{
    std::vector<verdict::drill_point> out;
    if (answers.empty()) return out;
    auto const lasts = answers.back().finished - answers.front().finished;
    auto const few = lasts < std::chrono::minutes{1};
    std::chrono::nanoseconds const width =
        few ? std::chrono::nanoseconds{std::chrono::milliseconds{500}}
            : std::max<std::chrono::nanoseconds>(std::chrono::seconds{1}, lasts / points_max);
    std::map<std::int64_t, std::vector<answer>> slices;
    for (auto const& a : answers) slices[(a.finished - run_start) / width].push_back(a);
    for (auto const& [number, slice] : slices) {
        verdict::drill_point point;
        point.at_s = seconds(width * number);
        for (auto const& a : slice) ++(a.ok ? point.ok : point.failed);
        auto const p95 = std::chrono::duration_cast<std::chrono::microseconds>(p95_of(slice));
        point.p95_us = static_cast<std::uint64_t>(p95.count());
        out.push_back(point);
    }
    return out;
}

static verdict::drill_phase make_phase(
    std::string name,
    steady::time_point run_start,
    span_of_time when,
    std::optional<std::chrono::nanoseconds> budget
)
{
    verdict::drill_phase out;
    out.name = std::move(name);
    // The events of two phases may overlap: what was detected before the injection ended took no
    // time.
    auto const took = std::max(when.end - when.begin, steady::duration::zero());
    out.started_s = seconds(when.begin - run_start);
    out.duration_s = seconds(took);
    if (budget) {
        out.budget_s = seconds(*budget);
        out.within_budget = took <= *budget;
    }
    return out;
}

static verdict::drill_phase recovery_phase(events const& e, budgets const& limits)
{
    auto const begin = e.execution->end;
    auto const end = e.back->recovered ? e.back->back : e.recovery_end;
    auto out = make_phase("recovery", e.run_start, {begin, end}, limits.recovery);
    if (!e.back->recovered) {
        out.note = "not recovered";
        out.within_budget = !limits.recovery;
    } else if (e.back->last_bad) {
        out.note = "last bad answer after " + human(*e.back->last_bad - begin);
    } else {
        out.note = "no bad answer to a request sent after the rollback";
    }
    return out;
}

// All steps of one kind as one phase, which takes what all of them took.
static void add_copies(
    events const& e,
    safekeeping::deed what,
    std::optional<std::chrono::nanoseconds> budget,
    std::vector<verdict::drill_phase>& out
)
{
    steady::duration took{};
    std::optional<steady::time_point> begin;
    std::vector<std::string> names;
    for (auto const& c : e.copies) {
        if (c.what != what) continue;
        if (!begin) begin = c.when.begin;
        took += c.when.end - c.when.begin;
        names.push_back(c.name + " " + human(c.when.end - c.when.begin));
    }
    if (!begin) return;
    auto const is_backup = what == safekeeping::deed::backup;
    span_of_time const when{*begin, *begin + took};
    auto phase = make_phase(is_backup ? "backup" : "restore", e.run_start, when, budget);
    phase.note = join(names, ", ");
    out.push_back(std::move(phase));
}

std::vector<verdict::drill_phase> timeline(events const& e, budgets const& limits)
{
    std::vector<verdict::drill_phase> out;
    auto const add = [&](std::string name, span_of_time when, auto budget) -> auto&
    {
        return out.emplace_back(make_phase(std::move(name), e.run_start, when, budget));
    };
    if (e.forward) add("forward", *e.forward, std::nullopt);
    add_copies(e, safekeeping::deed::backup, std::nullopt, out);
    if (e.stages) add("stages", *e.stages, std::nullopt).note = e.stages_note;
    if (e.injection) add("injection", *e.injection, std::nullopt);
    if (e.detected && e.forward) {
        auto const in_place = e.stages ? e.stages->end : e.forward->end;
        auto const begin = e.injection ? e.injection->end : in_place;
        add("detection", {begin, *e.detected}, limits.detection).note = e.detection_note;
    }
    if (e.detected && e.execution) {
        add("decision", {*e.detected, e.execution->begin}, limits.decision).note = e.decided_by;
    }
    if (e.execution) {
        auto const looked = std::chrono::duration_cast<steady::duration>(e.looked_meanwhile);
        span_of_time const worked{e.execution->begin, e.execution->end - looked};
        auto& phase = add("execution", worked, limits.execution);
        if (looked > steady::duration::zero()) {
            phase.note = "less " + human(looked) + " of looking at what was restored";
        }
    }
    add_copies(e, safekeeping::deed::restore, limits.restore, out);
    if (e.execution && e.back) out.push_back(recovery_phase(e, limits));
    if (e.verification) add("verification", *e.verification, limits.verification);
    return out;
}

} // namespace watertight::drill
