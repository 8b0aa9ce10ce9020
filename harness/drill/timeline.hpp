#pragma once

#include "harness/drill/plan.hpp"
#include "harness/drill/watch.hpp"
#include "harness/verdict/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace watertight::drill {

/// From an event to the next one; without an end if the drill did not get there.
struct span_of_time {
    steady::time_point begin;
    steady::time_point end;
};

/// When the answers became good for good after the rollback.
struct recovery {
    bool recovered = false;
    /// The last bad answer to a request that was sent after the rollback; nothing: there was none.
    std::optional<steady::time_point> last_bad;
    /// The first good answer after the last bad one; the rollback's end if there was no bad one.
    steady::time_point back;
};

/// @param answers        in order of their end.
/// @param since          the end of the last rollback step; requests sent before are of no account.
/// @param good_in_a_row  how many good answers, without a bad one after them, count as recovered.
recovery
find_recovery(std::span<answer const> answers, steady::time_point since, std::size_t good_in_a_row);

/// What one tenant saw.
struct tenant_view {
    tenant_index tenant;
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
    /// Answers of the new version to requests sent after the rollback.
    std::uint64_t new_after = 0;
    recovery back{};
};

/// Recovery of each tenant by itself, by its own number.
///
/// @param from           requests finished before are of no account.
/// @param since          the end of the last rollback step.
/// @param good_in_a_row  of all tenants together; each needs its part of it, two at least.
std::vector<tenant_view> view_of_tenants(
    std::span<answer const> answers,
    steady::time_point from,
    steady::time_point since,
    std::size_t good_in_a_row
);

/// From the failure to the last bad answer; zero if there was none.
///
/// @param failed_at  the injection; nothing: the first bad answer from `from` on.
std::chrono::nanoseconds recovery_time(
    std::span<answer const> answers,
    steady::time_point from,
    std::optional<steady::time_point> failed_at
);

/// Answers in seconds of their end, or half seconds if they are few.
std::vector<verdict::drill_point>
series_of(std::span<answer const> answers, steady::time_point run_start);

/// A step that put something aside or brought it back.
struct timed_copy {
    span_of_time when;
    safekeeping::deed what{};
    std::string name{};
    std::string phase{};
};

/// The events of a drill. What did not happen is empty.
struct events {
    steady::time_point run_start;
    std::optional<span_of_time> forward;
    /// Of a gradual roll-out: from the first stage's steps to the end of the last one's watch, or
    /// to where the stage stood during which a trigger tripped.
    std::optional<span_of_time> stages;
    std::string stages_note;
    std::optional<span_of_time> injection;
    /// When the trigger tripped, a forward step failed, or the wait for either was given up.
    std::optional<steady::time_point> detected;
    /// What happened at that instant.
    std::string detection_note;
    /// Who decided, for the decision phase.
    std::string decided_by = "automatic";
    /// First rollback step to last.
    std::optional<span_of_time> execution;
    /// Of that: looks at what was brought back, which are the drill's and not the rollback's.
    std::chrono::nanoseconds looked_meanwhile{};
    std::vector<timed_copy> copies{};
    std::optional<recovery> back;
    /// When the wait for recovery ended.
    steady::time_point recovery_end;
    std::optional<span_of_time> verification;
};

/// The phases in order, each measured against its budget. Detection counts from the end of the
/// injection (of the forward steps, if there is none), decision from detection to the first
/// rollback step, recovery from the last rollback step to the first of the good answers.
std::vector<verdict::drill_phase> timeline(events const& e, budgets const& limits);

} // namespace watertight::drill
