#pragma once

#include "harness/traffic/worker.hpp"

namespace watertight::traffic {

/// One request under way. A write that is left without an outcome (abandoned, or cancelled with its
/// coroutine) is entered as unknown: it may have happened.
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
        owner.end_write(*this, o);
    }

    void settle(bool ok);

    worker& owner;
    intent what;
    steady::time_point intended;
    steady::time_point sent{};
    steady::time_point finished{};
    /// Points into the connection.
    std::optional<net::http_response_view> answer;
    /// Why there is no answer.
    std::optional<failure> broken;
    bool is_sent = false;
    bool was_abandoned = false;
    bool is_settled = false;
};

} // namespace watertight::traffic
