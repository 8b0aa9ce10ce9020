#include "harness/verdict/comparison.hpp"

#include "harness/base/text.hpp"
#include "harness/verdict/metric_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace watertight::verdict {

using runs = std::span<run_result const>;

// Distinct ones that no waiver covers, in order of the first run that saw them.
static std::vector<compared_finding> open_in(runs side)
{
    std::vector<compared_finding> out;
    std::set<std::string> seen;
    for (auto const& r : side) {
        for (auto const& f : r.findings) {
            auto const id = f.fingerprint();
            if (r.waived.contains(id) || !seen.insert(id).second) continue;
            out.push_back({id, f.probe, f.level, f.title, f.channel});
        }
    }
    return out;
}

static bool is_among(compared_finding const& f, std::vector<compared_finding> const& all)
{
    return std::ranges::find(all, f.fingerprint, &compared_finding::fingerprint) != all.end();
}

static void compare_sides(runs before, runs after, run_comparison& out)
{
    auto const known = open_in(before);
    auto const present = open_in(after);
    for (auto const& f : present) (is_among(f, known) ? out.persisting : out.appeared).push_back(f);
    for (auto const& f : known) {
        if (!is_among(f, present)) out.gone.push_back(f);
    }
    for (auto const& f : out.appeared) {
        out.regressions.push_back(fmt::format(
            "new finding ({}): {}; {}, {}", to_string(f.level), f.title, f.channel, f.probe
        ));
    }
}

namespace {

struct standing {
    int rank = 0;
    std::string status{};
    std::string measured{};
};

/// By id, in order of appearance.
using standings = std::vector<std::pair<std::string, standing>>;

} // namespace

static void take_worst(standings& all, std::string const& id, standing s)
{
    auto const at = std::ranges::find(all, id, [](auto const& one) { return one.first; });
    if (at == all.end()) {
        all.emplace_back(id, std::move(s));
    } else if (s.rank > at->second.rank) {
        at->second = std::move(s);
    }
}

// 0: nothing stands against it; 1: it could not be decided; 2: it is broken.
static int rank_of(criterion_status s)
{
    if (s == criterion_status::not_met) return 2;
    return s == criterion_status::inconclusive ? 1 : 0;
}

static standings criteria_in(runs side)
{
    standings out;
    for (auto const& r : side) {
        for (auto const& c : r.criteria) {
            auto const& by = c.measured.empty() ? c.note : c.measured;
            take_worst(out, c.id, {rank_of(c.status), std::string{to_string(c.status)}, by});
        }
    }
    return out;
}

static standings probes_in(runs side)
{
    standings out;
    for (auto const& r : side) {
        for (auto const& p : r.probes) {
            auto const rank = p.status == probe_status::fail           ? 2
                              : p.status == probe_status::inconclusive ? 1
                                                                       : 0;
            take_worst(out, p.id, {rank, std::string{to_string(p.status)}, p.reason});
        }
    }
    return out;
}

static std::string spoken(std::string_view status)
{
    return replace_all(std::string{status}, "_", " ");
}

static standing const* find_in(standings const& all, std::string const& id)
{
    auto const at = std::ranges::find(all, id, [](auto const& one) { return one.first; });
    return at == all.end() ? nullptr : &at->second;
}

// A criterion that is new and broken is a regression too: an expired waiver comes as one.
static std::vector<status_change> compare_standings(
    std::string_view kind,
    standings const& before,
    standings const& after,
    std::vector<std::string>& regressions
)
{
    std::vector<status_change> out;
    for (auto const& [id, now] : after) {
        auto const* const then = find_in(before, id);
        out.push_back(
            {id,
             then == nullptr ? "" : then->status,
             now.status,
             then == nullptr ? "" : then->measured,
             now.measured}
        );
        if (now.rank <= (then == nullptr ? 1 : then->rank)) continue;
        auto const by = now.measured.empty() ? std::string{} : " (" + now.measured + ")";
        regressions.push_back(
            then == nullptr ? fmt::format("{} {} is new: {}{}", kind, id, spoken(now.status), by)
                            : fmt::format(
                                  "{} {} was {} and is {}{}",
                                  kind,
                                  id,
                                  spoken(then->status),
                                  spoken(now.status),
                                  by
                              )
        );
    }
    for (auto const& [id, then] : before) {
        if (find_in(after, id) == nullptr) {
            out.push_back({id, then.status, "", then.measured, ""});
        }
    }
    return out;
}

static void add_notes(runs before, runs after, run_comparison& out)
{
    auto const& a = before.front();
    auto const& b = after.front();
    auto const differs = [&](std::string_view what, auto const& x, auto const& y) {
        if (x == y) return;
        out.notes.push_back(fmt::format("another {}: {} before, {} after", what, x, y));
    };
    differs("scenario", a.scenario_name, b.scenario_name);
    if (a.scenario_name == b.scenario_name && a.scenario_sha256 != b.scenario_sha256) {
        out.notes.emplace_back("the scenario was changed in between");
    }
    differs("command", a.command, b.command);
    differs("version of this program", a.tool_version, b.tool_version);
    bool const has_load = a.latency.n > 0 && b.latency.n > 0;
    if (has_load && (before.size() == 1 || after.size() == 1)) {
        out.notes.emplace_back(
            "one run a side: how much runs of the same system differ is not in the intervals; "
            "compare series (run --repeat) to have it there"
        );
    }
    std::size_t unexamined = 0;
    for (auto const& p : out.probes) {
        unexamined += p.before == to_string(probe_status::pass) && p.after.empty() ? 1 : 0;
    }
    if (unexamined > 0) {
        out.notes.push_back(plural(unexamined, "probe") + " that passed before did not run after");
    }
}

run_comparison compare(runs before, runs after, double tolerance)
{
    run_comparison out;
    for (auto const& r : after) {
        if (r.outcome != overall::not_run && r.outcome != overall::interrupted) continue;
        out.regressions.push_back(fmt::format(
            "run {} {}: {}",
            r.run_id,
            r.outcome == overall::not_run ? "could not be carried out" : "was interrupted",
            r.summary
        ));
    }
    compare_sides(before, after, out);
    out.criteria =
        compare_standings("criterion", criteria_in(before), criteria_in(after), out.regressions);
    out.probes = compare_standings("probe", probes_in(before), probes_in(after), out.regressions);
    add_notes(before, after, out);
    std::erase_if(out.probes, [](status_change const& p) { return p.before == p.after; });
    out.metrics = metric_changes(before, after, tolerance);
    for (auto const& m : out.metrics) {
        if (m.kind != change_kind::worse) continue;
        out.regressions.push_back(fmt::format(
            "metric {} went from {} to {}",
            m.name,
            format_value(m.before, m.in),
            format_value(m.after, m.in)
        ));
    }
    return out;
}

void compare_with_baseline(run_result& r, runs baseline)
{
    baseline_comparison out;
    for (auto const& b : baseline) out.runs.push_back({b.run_id, b.started_at, b.outcome});
    runs const now{&r, 1};
    out.tolerance = usual_tolerance(baseline, now);
    out.changes = compare(baseline, now, out.tolerance);
    r.comparison = std::move(out);
}

} // namespace watertight::verdict
