#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/ids.hpp"
#include "harness/drill/plan.hpp"

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace watertight::drill {

/// One request's end during a drill.
struct answer {
    tenant_index tenant;
    bool ok = false;
    /// When the schedule wanted it sent; latency counts from here.
    steady::time_point intended;
    steady::time_point finished;

    std::chrono::nanoseconds latency() const noexcept { return finished - intended; }
};

/// The answers of the last second, or the last 20 if fewer came in it, and the requests that still
/// wait for one. Pure: the caller says what time it is.
class sliding_window {
public:
    void started(steady::time_point intended);
    void finished(answer const& a);
    /// The request was not sent after all.
    void withdrawn(steady::time_point intended);
    /// Forgets what has left the window.
    void advance(steady::time_point now);

    std::size_t answers() const noexcept { return answers_.size(); }
    /// Share of failed ones among the answers; 0 without any.
    double error_rate() const noexcept;
    /// Share of requests slower than `limit`; one that has waited for longer counts as slow, so
    /// that a target that no longer answers is noticed before its requests time out.
    double share_slower(std::chrono::nanoseconds limit, steady::time_point now) const;
    /// The oldest request without an answer.
    std::optional<steady::time_point> oldest_waiting() const;

private:
    std::deque<answer> answers_;
    std::multiset<steady::time_point> waiting_;
};

enum class trip_cause { error_rate, latency, schedule };

/// Why the drill rolls back.
struct trip {
    trip_cause cause{};
    /// "error rate of the last second 42.0 % is above 5.0 %".
    std::string why;
};

/// What a trigger is judged against.
struct watch_state {
    sliding_window const& recent;
    std::chrono::nanoseconds baseline_p95{};
    /// When the new version was in place, and the failure injected if there is one.
    steady::time_point since;
};

/// An error rate needs 5 answers, a p95 20 of them; a p95 that is less than 10 ms above the
/// baseline's is taken for the scheduler's noise whatever its multiple.
std::optional<trip> evaluate(trigger const& when, watch_state const& state, steady::time_point now);

/// The latency that 95 % of the good answers stayed below; zero without any.
std::chrono::nanoseconds p95_of(std::vector<answer> const& answers);

} // namespace watertight::drill
