#pragma once

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

/// The events of a drill. What did not happen is empty.
struct events {
    steady::time_point run_start;
    std::optional<span_of_time> forward;
    std::optional<span_of_time> injection;
    /// When the trigger tripped, a forward step failed, or the wait for either was given up.
    std::optional<steady::time_point> detected;
    /// What happened at that instant.
    std::string detection_note;
    /// First rollback step to last.
    std::optional<span_of_time> execution;
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
