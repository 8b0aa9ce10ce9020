#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/timing_oracle/probe.hpp"

#include <cmath>
#include <optional>

namespace watertight::probes::api::timing_oracle {

// Of all comparisons of a run together, by their second rounds.
static constexpr double error_rate = 1e-3;
// Of a first round: on a busy machine a difference of milliseconds is no clearer than this.
static constexpr double first_error_rate = 0.05;
static constexpr double difference_ms_min = 0.5;
static constexpr double difference_share_min = 0.1;

bool reading::is_large() const
{
    auto const size = std::abs(difference_ms);
    return size >= difference_ms_min && size >= difference_share_min * absent_ms;
}

reading read(std::vector<pair_of_times> const& times)
{
    std::vector<double> differences;
    std::vector<double> absent;
    for (auto const& t : times) {
        differences.push_back(t.existing_ms - t.absent_ms);
        absent.push_back(t.absent_ms);
    }
    reading out;
    out.p = signed_rank_p(differences);
    out.difference_ms = median_of(differences);
    out.absent_ms = median_of(absent);
    return out;
}

bool is_worth_a_look(reading const& r)
{
    return r.is_large() && r.p < first_error_rate;
}

bool is_proof(reading const& r, std::size_t tests)
{
    return r.is_large() && r.p < error_rate / static_cast<double>(std::max<std::size_t>(tests, 1));
}

static void judge_one(trial const& t, std::size_t tests, probe::conclusion& out)
{
    auto const one = read(t.first);
    auto const other = read(t.second);
    if (!is_worth_a_look(one) || !is_proof(other, tests)) return;
    // What is slower at one time and faster at another is no property of the ids.
    if ((one.difference_ms > 0) != (other.difference_ms > 0)) return;
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.existing.tenant;
    v.channel = t.control.channel;
    v.detail = fmt::format(
        "{} asked {} for ids of another tenant that exist and for ids that nobody has, in turn: "
        "the former took {:+.1f} ms ({} pairs, p = {:.0e}) and, for other objects in reverse "
        "order, {:+.1f} ms ({} pairs, p = {:.0e}) against {:.1f} ms, median of pairs; signed-rank "
        "test, {:.0e} for all {} comparisons together.",
        t.existing.sender,
        t.way,
        one.difference_ms,
        t.first.size(),
        one.p,
        other.difference_ms,
        t.second.size(),
        other.p,
        one.absent_ms,
        error_rate,
        tests
    );
    v.exchanges = {t.absent, t.existing};
    out.violations.push_back(std::move(v));
}

// So that a pass says how small a difference it excludes.
static void note_largest(std::vector<trial> const& trials, probe::conclusion& out)
{
    std::optional<reading> largest;
    std::string_view where;
    std::size_t pairs = 0;
    for (auto const& t : trials) {
        if (t.first.empty() || !t.unusable.empty()) continue;
        auto const r = read(t.first);
        if (largest && std::abs(r.difference_ms) <= std::abs(largest->difference_ms)) continue;
        largest = r;
        where = t.control.channel;
        pairs = t.first.size();
    }
    if (!largest) return;
    out.notes.push_back(fmt::format(
        "api.timing_oracle: refusals of what exists and of what nobody has differ by {:+.2f} ms of "
        "{:.2f} at most (median of {} pairs, p = {:.1g}; {}).",
        largest->difference_ms,
        largest->absent_ms,
        pairs,
        largest->p,
        where
    ));
}

probe::conclusion judge(std::vector<trial> const& trials, std::size_t tests)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        if (!t.control.success()) {
            seen.undecided(channel, "the owner's own read failed: " + probe::summary(t.control));
        } else if (!t.unusable.empty()) {
            seen.undecided(channel, t.unusable);
        } else {
            seen.decided(channel);
            judge_one(t, tests, out);
        }
    }
    seen.finish(out);
    if (out.violations.empty()) note_largest(trials, out);
    return out;
}

} // namespace watertight::probes::api::timing_oracle
