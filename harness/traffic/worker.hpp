#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/net/h2_connection.hpp"
#include "harness/net/http_lane.hpp"
#include "harness/net/poller.hpp"
#include "harness/net/task_group.hpp"
#include "harness/net/wait_list.hpp"
#include "harness/traffic/arrivals.hpp"
#include "harness/traffic/cast.hpp"
#include "harness/traffic/checkpoint.hpp"
#include "harness/traffic/collector.hpp"
#include "harness/traffic/findings.hpp"
#include "harness/traffic/mix.hpp"
#include "harness/traffic/objects.hpp"
#include "harness/traffic/read_check.hpp"
#include "harness/traffic/recorder.hpp"
#include "harness/traffic/request_source.hpp"
#include "harness/traffic/run.hpp"
#include "harness/traffic/sessions.hpp"
#include "harness/traffic/slot_pool.hpp"
#include "harness/traffic/store_access.hpp"
#include "harness/traffic/user_queue.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace watertight::traffic {

/// What all cores read and none writes.
struct inputs {
    target::model const& model;
    target::population const& tenants;
    evidence::canary_mint const& mint;
    evidence::identifier_index const& identifiers;
    evidence::sharing_rule const& sharing;
    evidence::redactor const& secrets;
    std::vector<phase> const& phases;
    operation_table const& operations;
    store_access const& stores;
    options const& how;
    /// On the caller's loop; reached by post alone.
    asio::any_io_executor home;
    std::shared_ptr<collector> told;
    /// On the caller's loop, too.
    checkpoint& meeting;
};

/// One phase as one core drove it.
struct phase_tally {
    steady::time_point started{};
    steady::time_point ended{};
    /// That ended within the phase.
    std::uint64_t completed = 0;
    std::uint64_t unsent = 0;
    std::chrono::nanoseconds lag_max{};
    std::uint64_t abandoned = 0;
};

/// What one core brings home. Outlives the core's loop.
struct core_result {
    core_result(recorder::sizes n, steady::time_point run_start) : tally{n, run_start} {}

    recorder tally;
    std::vector<phase_tally> phases;
    evidence::finding_book findings;
    evidence::ledger history;
    std::uint64_t bytes_scanned = 0;
    std::uint64_t responses_scanned = 0;
    std::uint64_t responses_unreadable = 0;
    std::uint64_t interleavings = 0;
    std::uint64_t connects = 0;
    std::uint64_t reads_judged = 0;
    std::uint64_t reads_stale = 0;
    std::uint32_t serial_end = 0;
    bool interrupted = false;
};

/// One core's traffic. Lives within that core's coroutine.
class worker {
public:
    worker(inputs const& in, std::size_t core, asio::any_io_executor executor, core_result& out);
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;

    /// All phases, one after another. A cancellation ends them early and passes through.
    asio::awaitable<void> run();

private:
    struct trip;
    struct lane;
    struct stage;

    /// What chance says of a request.
    struct lot {
        tenant_index tenant;
        /// The place in the operation table.
        std::size_t operation = 0;
    };

    asio::awaitable<void> run_phase(phase const& p);
    asio::awaitable<bool> may_go_on(phase const& p);
    void start_tasks(stage& s);
    void close_phase(stage& s);
    asio::awaitable<void> guarded(stage& s, asio::awaitable<void> task);
    asio::awaitable<void> tick(stage& s);
    asio::awaitable<void> drain(stage& s);
    void begin_closing(stage& s);
    void fail(stage& s, std::exception_ptr why);

    // Open loop.
    asio::awaitable<void> keep_schedule(stage& s);
    void dispatch_due(stage& s);

    // Closed loop (users.cpp).
    void start_users(stage& s);
    asio::awaitable<void> keep_thinking(stage& s);
    void serve(stage& s, std::size_t user, steady::time_point now, steady::time_point since);
    void serve_now(stage& s, std::size_t user);
    void serve_waiting(stage& s);
    void after_answer(stage& s, std::size_t user, bool pauses);
    void serve_hurried(stage& s);
    void retire(stage& s);

    // What to send (choice.cpp).
    intent choose(stage& s, std::optional<slot_pool::user> bound);
    void look_ahead(stage& s);
    intent draw(stage& s, std::optional<slot_pool::user> bound);
    lot draw_one(stage& s, std::optional<slot_pool::user> bound);
    void draw_after_next(stage& s);
    bool choose_for(intent& i, std::optional<slot_pool::user> bound);
    bool choose_object(intent& i, std::optional<actor_index> bound);
    std::optional<actor_index> choose_actor(intent const& i, std::optional<actor_index> bound);
    void mint_canary(intent& i);

    // One exchange: calls that follow one another through the loop, so that a request costs no
    // coroutine and no memory (exchange.cpp).
    lane& take_lane(stage& s, slot_pool::choice c);
    void begin(lane& l, intent i, steady::time_point intended, steady::time_point now);
    void send(lane& l, steady::time_point now);
    void send_after_renewal(lane& l, steady::time_point refused_at);
    asio::awaitable<void> renew_and_send(lane& l, steady::time_point refused_at);
    void take_answer(lane& l, net::http_response_view const& view, steady::time_point at);
    void take_failure(lane& l, failure why);
    void conclude(lane& l, net::http_response_view const* answer, failure const* broken);
    void release(lane& l, bool pauses);
    void later(lane& l, void (worker::*what)(lane&));
    void conclude_unsent(lane& l);
    void note_unsendable(failure const& why);

    // What follows from its end (aftermath.cpp).
    void begin_write(trip& t);
    void end_write(trip& t, evidence::outcome o, net::http_response_view const* answer);
    void enter_created(trip const& t, net::http_response_view const& answer);
    void examine(lane const& l, net::http_response_view const& view);
    std::string_view readable_body(net::http_response_view const& view);
    void report_leaks(observed const& x, std::string_view text, bool in_head);
    void check_read(observed const& x, trip const& t, int status);
    void keep(evidence::finding f, bool is_new);

    inputs const& in_;
    std::size_t core_;
    asio::any_io_executor executor_;
    net::poller& poller_;
    core_result& out_;
    rng random_;
    evidence::identifier_index identifiers_;
    evidence::redactor const& secrets_;
    evidence::observer observer_;
    sessions sessions_;
    object_view objects_;
    read_check reads_;
    request_source source_;
    cast actors_;
    std::vector<canary_text> own_canaries_;
    std::string unpacked_;
    // By tenant: where the identifier lies that its answers showed last.
    std::vector<void const*> known_by_;
    // By operation: whether its finding is in the book with all its evidence.
    std::vector<bool> has_leaked_;
    std::vector<bool> has_violated_;
    std::set<std::string> unsendable_;
    std::size_t in_flight_ = 0;
    double service_us_ = 5000;
};

} // namespace watertight::traffic
