#pragma once

#include "harness/traffic/worker.hpp"

#include <array>

namespace watertight::traffic {

/// One request under way. A write that is left without an outcome (abandoned, or cut off with its
/// phase) is entered as unknown: it may have happened.
struct worker::trip {
    trip(worker& w, intent i, steady::time_point due) : owner{w}, what{std::move(i)}, intended{due}
    {
        ++owner.in_flight_;
        owner.begin_write(*this);
    }
    trip(trip const&) = delete;
    trip& operator=(trip const&) = delete;
    ~trip()
    {
        --owner.in_flight_;
        if (is_settled) return;
        finished = steady::now();
        auto const o = is_sent ? evidence::outcome::unknown : evidence::outcome::failed;
        owner.end_write(*this, o, nullptr);
    }

    worker& owner;
    intent what;
    steady::time_point intended;
    steady::time_point sent{};
    steady::time_point finished{};
    /// When the connection is to be dropped on purpose; nothing for nearly all.
    std::optional<steady::time_point> abandon_at{};
    bool is_sent = false;
    /// What the answer will touch, to be fetched when it is there; null if it is not known.
    coarse_histogram const* counted_in = nullptr;
    void const* known_by = nullptr;
    /// The credentials were renewed for it; they are not a second time.
    bool was_renewed = false;
    bool is_settled = false;
};

/// Room for one request under way, and what may carry it: a connection to the target, or a share
/// of one to a store.
struct worker::lane final : net::http_lane_owner, stores::lane_owner {
    lane(worker& w, stage& s, std::size_t place);
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;
    ~lane();

    void on_answer(net::http_response_view const& view, steady::time_point at) override;
    void on_answer(stores::store_answer const& answer, steady::time_point at) override;
    void on_failure(failure why) override;

    /// Sends `request`, for which `under_way` stands.
    void start(steady::time_point deadline);
    /// Whether that which carries `under_way` is still connected.
    bool is_open() const;
    void close() noexcept;

    worker& owner;
    stage& during;
    std::size_t number;
    /// The user of a closed loop who waits for the answer.
    std::size_t on_behalf = 0;
    request_buffer request{};
    std::optional<trip> under_way{};
    std::unique_ptr<net::http_lane> connection;
    /// By store, made when it is first needed.
    std::array<std::unique_ptr<stores::pipe_lane>, 2> to_stores{};
};

/// What holds during one phase.
struct worker::stage final : net::batch_listener {
    stage(phase const& p, worker& w);
    stage(stage const&) = delete;
    stage& operator=(stage const&) = delete;
    ~stage();

    void on_batch_end() override;

    worker& owner;
    phase const& what;
    alias_table tenants;
    alias_table operations;
    slot_pool pool;
    std::optional<arrivals> schedule;
    steady::time_point start;
    steady::time_point end;
    net::wait_list scheduler;
    net::wait_list closing;
    net::wait_list idle;
    net::task_group tasks;
    user_queue users;
    /// The next request that is drawn rather than bound to a user; without `what` until it is
    /// chosen.
    std::optional<intent> ahead;
    std::optional<lot> after_next;
    /// Requests under way, answers being looked at included.
    std::size_t busy = 0;
    /// The scheduler waits for a connection, not for a time.
    bool is_starved = false;
    bool is_closing = false;
    /// What a callback threw; it ends the phase.
    std::exception_ptr error;
    phase_tally tally;
    /// Whatever is posted to happen later asks whether this is still there.
    std::shared_ptr<bool> presence = std::make_shared<bool>(true);
    // They refer to everything above.
    std::deque<lane> lanes;

    /// The connection that the next lane is to share, made when the last one is full; HTTP/2 only.
    std::unique_ptr<net::http_lane> join(worker& w, net::http_lane_owner& owner);
    /// The same for a store: in mixed mode as many lanes share a connection as would streams.
    std::unique_ptr<stores::pipe_lane>
    join(worker& w, target::store_operation::kind store, stores::lane_owner& owner);
    std::uint64_t store_connects() const noexcept;

private:
    struct shared_pipe {
        std::shared_ptr<stores::pipe> pipe;
        std::size_t places_left = 0;
    };
    std::shared_ptr<net::h2_connection> shared_;
    std::size_t streams_left_ = 0;
    std::array<shared_pipe, 2> shared_pipes_;
    std::vector<std::shared_ptr<stores::pipe>> pipes_;
};

} // namespace watertight::traffic
