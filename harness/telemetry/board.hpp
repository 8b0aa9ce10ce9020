#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/progress.hpp"
#include "harness/evidence/finding.hpp"
#include "harness/telemetry/family.hpp"
#include "harness/traffic/recorder.hpp"
#include "harness/traffic/run.hpp"
#include "harness/verdict/result.hpp"

#include <array>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace watertight::telemetry {

/// What is known of a run while it goes on. Written by the run's control thread, about once a
/// second, and read by another one.
class board final : public traffic::watcher {
public:
    /// @param about  attributes of all that is told: scenario, run id, version, target.
    explicit board(labels about);

    void begin(std::string_view phase, std::uint64_t total);
    void update(std::uint64_t done);
    void end();
    void took(traffic::second_tally const& one) override;
    void found(evidence::finding const& f) override;
    void concluded(verdict::probe_outcome const& p);

    labels const& about() const noexcept { return about_; }
    wall::time_point begun() const noexcept { return begun_; }
    /// As things stand; every family is there from the start, even if it has no point yet.
    std::vector<family> snapshot() const;

private:
    labels const about_;
    wall::time_point const begun_ = wall::now();
    mutable std::mutex guard_;
    std::string phase_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t ok_ = 0;
    std::uint64_t failed_ = 0;
    distribution durations_;
    std::map<std::string, std::uint64_t> probes_;
    std::set<std::string> seen_;
    /// By guarantee and severity.
    std::map<std::array<std::string, 2>, std::uint64_t> findings_;
};

/// Tells the board what it tells a person.
class told_progress final : public progress {
public:
    explicit told_progress(progress& person) : person_{person} {}
    /// From now on; null: nobody but the person.
    void tell(board* to) noexcept { to_ = to; }

    void begin(std::string_view phase, std::uint64_t total) override;
    void update(std::uint64_t done, std::string_view detail) override;
    void end(std::string_view summary) override;
    void note(std::string_view line) override { person_.note(line); }

private:
    progress& person_;
    board* to_ = nullptr;
};

} // namespace watertight::telemetry
