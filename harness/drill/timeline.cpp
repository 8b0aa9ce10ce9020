#include "harness/drill/timeline.hpp"

namespace watertight::drill {

recovery
find_recovery(std::span<answer const> answers, steady::time_point since, std::size_t good_in_a_row)
{
    recovery out{.recovered = false, .last_bad = {}, .back = since};
    std::size_t good = 0;
    for (auto const& a : answers) {
        if (a.intended < since) continue;
        if (!a.ok) {
            good = 0;
            out.last_bad = a.finished;
        } else if (++good == 1 && out.last_bad) {
            out.back = a.finished;
        }
    }
    out.recovered = good >= good_in_a_row;
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

std::vector<verdict::drill_phase> timeline(events const& e, budgets const& limits)
{
    std::vector<verdict::drill_phase> out;
    auto const add = [&](std::string name, span_of_time when, auto budget) -> auto&
    {
        return out.emplace_back(make_phase(std::move(name), e.run_start, when, budget));
    };
    if (!e.forward) return out;
    add("forward", *e.forward, std::nullopt);
    if (e.injection) add("injection", *e.injection, std::nullopt);
    if (e.detected) {
        auto const begin = e.injection ? e.injection->end : e.forward->end;
        add("detection", {begin, *e.detected}, limits.detection).note = e.detection_note;
    }
    if (e.detected && e.execution) {
        add("decision", {*e.detected, e.execution->begin}, limits.decision).note = "automatic";
    }
    if (e.execution) add("execution", *e.execution, limits.execution);
    if (e.execution && e.back) out.push_back(recovery_phase(e, limits));
    if (e.verification) add("verification", *e.verification, limits.verification);
    return out;
}

} // namespace watertight::drill
