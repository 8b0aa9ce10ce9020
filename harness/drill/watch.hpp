#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/ids.hpp"
#include "harness/drill/plan.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace watertight::drill {

/// Which version of the service gave an answer.
enum class version_seen : std::uint8_t { untold, old_one, new_one };

/// One request's end during a drill.
struct answer {
    tenant_index tenant;
    bool ok = false;
    /// When the schedule wanted it sent; latency counts from here.
    steady::time_point intended;
    steady::time_point finished;
    /// The traffic's own number of the user and of the operation.
    std::uint32_t user = 0;
    std::uint32_t operation = 0;
    version_seen version = version_seen::untold;
    /// Sent by a user of `tenant`, not by the operator.
    bool is_tenants = false;

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

/// Who of the users is affected: those with an operation whose last two answers failed.
class affected_users {
public:
    void finished(answer const& a);
    /// What fails by now was not brought about by the drill.
    void forget_failing();

    std::size_t users() const noexcept { return users_.size(); }
    /// Affected users among all; 0 without any.
    double share() const;

private:
    /// User and operation.
    using pair = std::pair<std::uint32_t, std::uint32_t>;

    std::set<std::uint32_t> users_;
    std::map<pair, std::size_t> failed_in_a_row_;
    std::set<pair> ignored_;
};

enum class trip_cause { error_rate, latency, affected, leak, invariant, schedule };

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
    double affected = 0;
    std::size_t users = 0;
    /// Answers with another tenant's data since the first step.
    std::size_t leaks = 0;
    /// Which invariant no longer holds; empty: all do.
    std::string broken = {};
};

/// The thresholds alone, whatever the schedule says.
std::optional<trip>
cross_threshold(trigger const& when, watch_state const& state, steady::time_point now);

/// Whether anything is watched at all.
bool has_threshold(trigger const& when) noexcept;

/// An error rate needs 5 answers, a p95 20 of them; a p95 that is less than 10 ms above the
/// baseline's is taken for the scheduler's noise whatever its multiple.
std::optional<trip> evaluate(trigger const& when, watch_state const& state, steady::time_point now);

/// The latency that 95 % of the good answers stayed below; zero without any.
std::chrono::nanoseconds p95_of(std::vector<answer> const& answers);

} // namespace watertight::drill
