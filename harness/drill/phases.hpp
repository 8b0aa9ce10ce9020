#pragma once

#include "harness/drill/extrapolate.hpp"
#include "harness/drill/live_traffic.hpp"
#include "harness/drill/report.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/timeline.hpp"
#include "harness/drill/validator.hpp"
#include "harness/drill/verifier.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::drill {

/// One drill while it goes on: each member function is a phase. `run` says in which order.
class rehearsal {
public:
    /// The arguments outlive the object.
    rehearsal(asio::any_io_executor core, plan const& p, surroundings& s);

    /// Nothing has been touched when it returns false; the outcome's note says what is missing.
    asio::awaitable<bool> prepare();
    /// Starts the traffic. @return false if the target does not answer well as it is.
    asio::awaitable<bool> baseline();
    /// Forward steps, injection, detection. A step that fails is detected at once.
    asio::awaitable<void> go_forward();
    /// What must be done however the way forward ended: rollback and `finally` steps, and, unless
    /// the drill was interrupted, recovery and verification in between. Ends the traffic.
    asio::awaitable<void> go_back(bool interrupted);

    /// The outcome as far as the drill got; adds its findings to `findings`.
    verdict::drill_outcome conclude(bool interrupted, evidence::finding_book& findings);

private:
    asio::awaitable<bool>
    carry_out_all(std::vector<step> const& steps, std::string phase, bool stop_at_failure);
    asio::awaitable<bool> validate();
    asio::awaitable<void> interrupt(step const& s);
    asio::awaitable<void> measure_sizes();
    asio::awaitable<bool>
    time_size(std::uint64_t size, std::vector<timed_size>& there, std::vector<timed_size>& back);
    asio::awaitable<void> detect();
    void gave_up(steady::time_point now, steady::time_point since);
    asio::awaitable<void> recover();
    asio::awaitable<void> verify();
    asio::awaitable<void> end_traffic(bool at_once);
    bool has_recovered(steady::time_point now);
    void count_answers();
    void compose_note(bool interrupted);

    asio::any_io_executor core_;
    plan const& plan_;
    surroundings& around_;
    net::http_client client_;
    // The steps' own: a target that hangs must not hold up the calls that mend it.
    net::http_client step_client_;
    step_tools tools_;
    live_traffic traffic_;
    verifier verifier_;
    std::optional<validator> validator_;
    std::vector<std::string> trial_notes_;
    std::vector<evidence::finding> trial_findings_;
    net::task_group background_;
    net::task_group window_;
    std::chrono::nanoseconds baseline_p95_{};
    events events_;
    lessons lessons_;
    verdict::drill_outcome out_;
};

} // namespace watertight::drill
