#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/net/http_connection.hpp"
#include "harness/net/task_group.hpp"
#include "harness/net/wait_list.hpp"
#include "harness/traffic/arrivals.hpp"
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
    options const& how;
    /// On the caller's loop; reached by post alone.
    asio::any_io_executor home;
    std::shared_ptr<collector> told;
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
    std::uint64_t interleavings = 0;
    std::uint64_t connects = 0;
    std::uint64_t reads_judged = 0;
    std::uint64_t reads_stale = 0;
    std::uint32_t serial_end = 0;
    bool interrupted = false;
};

/// One connection and what is on it.
struct slot {
    slot(asio::any_io_executor core, target::model const& m);

    net::http_connection connection;
    request_buffer request;
    /// Set by the scheduler for the slot's lane to send.
    std::optional<intent> next;
    steady::time_point intended;
    net::wait_list wake;
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
    // What holds during one phase.
    struct stage {
        stage(phase const& p, worker& w);

        phase const& what;
        alias_table tenants;
        alias_table operations;
        std::deque<slot> slots;
        slot_pool pool;
        std::optional<arrivals> schedule;
        steady::time_point start;
        steady::time_point end;
        net::wait_list scheduler;
        net::wait_list slot_free;
        net::wait_list closing;
        net::task_group tasks;
        std::size_t users_left = 0;
        /// The scheduler waits for a connection, not for a time.
        bool is_starved = false;
        bool is_closing = false;
        phase_tally tally;
    };

    asio::awaitable<void> run_phase(phase const& p);
    void start_tasks(stage& s);
    void close_phase(stage& s);
    asio::awaitable<void> guarded(stage& s, asio::awaitable<void> task);
    asio::awaitable<void> tick(stage& s);

    // Open loop.
    asio::awaitable<void> keep_schedule(stage& s);
    asio::awaitable<void> lane(stage& s, slot& mine, std::size_t number);
    void dispatch_due(stage& s);

    // Closed loop.
    asio::awaitable<void> user(stage& s, std::size_t number);
    asio::awaitable<void> iterate(stage& s, std::optional<slot_pool::user> bound);
    asio::awaitable<std::optional<std::size_t>> acquire(stage& s, intent const& i);
    void assign(stage& s, slot_pool::choice c);

    // What to send (choice.cpp).
    intent choose(stage& s, std::optional<slot_pool::user> bound);
    std::optional<intent>
    choose_for(std::size_t operation, tenant_index t, std::optional<actor_index> bound);
    bool choose_object(intent& i, std::optional<actor_index> bound);
    std::optional<actor_index> choose_actor(intent const& i, std::optional<actor_index> bound);
    void mint_canary(intent& i);

    // One exchange and what follows from it (exchange.cpp, aftermath.cpp).
    struct trip;
    asio::awaitable<void> perform(stage& s, slot& on, intent i, steady::time_point intended);
    asio::awaitable<void> travel(stage& s, slot& on, trip& t);
    asio::awaitable<result<net::http_response_view>> send(stage& s, slot& on, trip& t);
    void note_outcome(stage& s, trip& t);
    void begin_write(trip& t);
    void end_write(trip& t, evidence::outcome o);
    void enter_created(trip const& t);
    void examine(slot const& on, trip const& t);
    void report_leaks(observed const& x, std::string_view text, bool in_head);
    void check_read(observed const& x, trip const& t);
    void keep(evidence::finding f, bool is_new);
    void note_unsendable(failure const& why);

    inputs const& in_;
    std::size_t core_;
    asio::any_io_executor executor_;
    core_result& out_;
    rng random_;
    evidence::identifier_index identifiers_;
    evidence::redactor secrets_;
    evidence::observer observer_;
    sessions sessions_;
    object_view objects_;
    read_check reads_;
    std::unique_ptr<request_source> source_;
    std::vector<evidence::sighting> sightings_;
    std::vector<std::string> own_canaries_;
    // By operation: whether its finding is in the book with all its evidence.
    std::vector<bool> has_leaked_;
    std::vector<bool> has_violated_;
    std::set<std::string> unsendable_;
    std::size_t in_flight_ = 0;
    double service_us_ = 5000;
};

} // namespace watertight::traffic
