#pragma once

#include "harness/drill/backups.hpp"
#include "harness/drill/extrapolate.hpp"
#include "harness/drill/invariants.hpp"
#include "harness/drill/learner.hpp"
#include "harness/drill/live_traffic.hpp"
#include "harness/drill/report.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/timeline.hpp"
#include "harness/drill/validator.hpp"
#include "harness/drill/verifier.hpp"

#include <functional>
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
    /// Whether it takes over a drill that has to be brought back first of all.
    bool only_goes_back() const noexcept;
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
    asio::awaitable<bool> validate();
    asio::awaitable<void> interrupt(step const& s);
    asio::awaitable<void> measure_sizes();
    asio::awaitable<bool>
    time_size(std::uint64_t size, std::vector<timed_size>& there, std::vector<timed_size>& back);
    asio::awaitable<bool> carry_out_all(
        std::vector<step> const& steps,
        std::string phase,
        bool stop_at_failure,
        std::size_t first = 0
    );
    bool was_done_before(std::string const& phase, std::size_t step) const;
    asio::awaitable<verdict::drill_step> carry_out_kept(step const& s, std::string phase);
    asio::awaitable<verdict::drill_step>
    carry_out_logged(step const& s, std::string phase, std::size_t number);
    void log_step(std::string const& phase, std::size_t number, std::function<void(journal&)> say);
    asio::awaitable<result<void>> know_before();
    watch_state state_now(steady::time_point now, steady::time_point since);
    asio::awaitable<void> detect();
    asio::awaitable<std::optional<trip>> watch_for(std::chrono::nanoseconds dwell);
    bool was_left_before(std::size_t step) const;
    asio::awaitable<bool> roll_out();
    asio::awaitable<void> decide();
    asio::awaitable<void> repeat_rollback();
    std::vector<tenant_view> tenants_now() const;
    asio::awaitable<result<std::vector<contents>>> fingerprint_again();
    void tell_tenants();
    void tell_versions();
    void measure_objectives();
    void gave_up(steady::time_point now, steady::time_point since);
    asio::awaitable<void> recover();
    asio::awaitable<void> verify();
    void note_losses();
    asio::awaitable<void> end_traffic(bool at_once);
    bool has_recovered(steady::time_point now);
    void count_answers();
    void compose_note(bool interrupted);
    void pardon_repeated();
    bool way_back_failed() const;
    bool is_brought_back(bool interrupted) const;
    bool needs_another_try() const;

    asio::any_io_executor core_;
    plan const& plan_;
    surroundings& around_;
    net::http_client client_;
    // The steps' own: a target that hangs must not hold up the calls that mend it.
    net::http_client step_client_;
    step_tools tools_;
    live_traffic traffic_;
    learner learner_;
    verifier verifier_;
    backups backups_;
    std::optional<validator> validator_;
    std::vector<std::string> trial_notes_;
    std::vector<evidence::finding> trial_findings_;
    net::task_group background_;
    net::task_group window_;
    invariant_watch invariants_;
    net::task_group watching_;
    std::size_t leaks_before_ = 0;
    std::chrono::nanoseconds baseline_p95_{};
    /// Something may have changed: there is a way back to take.
    bool touched_ = false;
    /// Steps of `out_` that were under way when the drill was killed.
    std::vector<std::size_t> repeated_;
    events events_;
    lessons lessons_;
    verdict::drill_outcome out_;
};

} // namespace watertight::drill
