#include "harness/telemetry/board.hpp"

#include <algorithm>
#include <numeric>

namespace watertight::telemetry {

std::uint64_t distribution::count() const
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

// In seconds: those that OpenTelemetry advises for HTTP durations, and finer ones below them.
static constexpr double duration_bounds[] = {
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.075,
    0.1,
    0.25,
    0.5,
    0.75,
    1,
    2.5,
    5,
    7.5,
    10,
    30};

board::board(labels about) : about_{std::move(about)}
{
    durations_.bounds.assign(std::begin(duration_bounds), std::end(duration_bounds));
    durations_.counts.assign(durations_.bounds.size() + 1, 0);
}

void board::begin(std::string_view phase, std::uint64_t total)
{
    std::scoped_lock const lock{guard_};
    phase_ = phase;
    total_ = total;
    done_ = 0;
}

void board::update(std::uint64_t done)
{
    std::scoped_lock const lock{guard_};
    done_ = done;
}

void board::end()
{
    std::scoped_lock const lock{guard_};
    phase_.clear();
}

void board::took(traffic::second_tally const& one)
{
    std::scoped_lock const lock{guard_};
    ok_ += one.ok;
    failed_ += one.failed;
    one.latency.for_each([this](std::uint64_t us, std::uint64_t times) {
        auto const s = static_cast<double>(us) / 1e6;
        auto const place = std::ranges::lower_bound(durations_.bounds, s);
        durations_.counts[static_cast<std::size_t>(place - durations_.bounds.begin())] += times;
        durations_.sum += s * static_cast<double>(times);
    });
}

void board::found(evidence::finding const& f)
{
    std::scoped_lock const lock{guard_};
    if (!seen_.insert(f.fingerprint()).second) return;
    ++findings_[{std::string{to_string(f.kind)}, std::string{to_string(f.level)}}];
}

void board::concluded(verdict::probe_outcome const& p)
{
    std::scoped_lock const lock{guard_};
    ++probes_[std::string{to_string(p.status)}];
}

std::vector<family> board::snapshot() const
{
    std::scoped_lock const lock{guard_};
    auto const number = [](std::uint64_t n) { return static_cast<double>(n); };
    family requests{
        "watertight.requests", family_kind::counter, "{request}", "Requests under load so far."};
    requests.points.push_back({{{"result", "ok"}}, number(ok_)});
    requests.points.push_back({{{"result", "failed"}}, number(failed_)});
    family durations{
        "watertight.request.duration",
        family_kind::histogram,
        "s",
        "Time from when a request was due to the end of its answer."};
    durations.points.push_back({.spread = durations_});
    family probes{
        "watertight.probes", family_kind::counter, "{probe}", "Probes by what they concluded."};
    for (auto const& [status, n] : probes_)
        probes.points.push_back({{{"status", status}}, number(n)});
    family findings{
        "watertight.findings",
        family_kind::counter,
        "{finding}",
        "Distinct findings so far, before waivers."};
    for (auto const& [by, n] : findings_) {
        findings.points.push_back({{{"guarantee", by[0]}, {"severity", by[1]}}, number(n)});
    }
    family phase{
        "watertight.phase.done",
        family_kind::gauge,
        "{unit}",
        "Units of work done of the phase or probe that goes on."};
    family total{
        "watertight.phase.units", family_kind::gauge, "{unit}", "All its units; 0 if unknown."};
    if (!phase_.empty()) {
        phase.points.push_back({{{"phase", phase_}}, number(done_)});
        total.points.push_back({{{"phase", phase_}}, number(total_)});
    }
    return {requests, durations, probes, findings, phase, total};
}

void told_progress::begin(std::string_view phase, std::uint64_t total)
{
    if (to_) to_->begin(phase, total);
    person_.begin(phase, total);
}

void told_progress::update(std::uint64_t done, std::string_view detail)
{
    if (to_) to_->update(done);
    person_.update(done, detail);
}

void told_progress::end(std::string_view summary)
{
    if (to_) to_->end();
    person_.end(summary);
}

} // namespace watertight::telemetry
