#pragma once

#include "harness/net/raw_line.hpp"
#include "harness/probe/context.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::probe {

/// A connection of the probe's own on which the target tells what happens.
class listener {
public:
    /// Opens `what` as `who` and, on a WebSocket, sends its messages. Never throws for what
    /// the target does: an answer without events is heard like any other.
    static asio::awaitable<listener> open(
        context& ctx, target::event_stream const& what, target::actor& who, request_options options
    );

    /// Waits until what was heard holds one of `tokens`, the target ends it or the time is over.
    asio::awaitable<bool> wait_for(std::vector<std::string> tokens, std::chrono::nanoseconds time);

    /// All that was told so far, as the answer to what opened it.
    exchange heard(context& ctx) const;

private:
    listener(exchange opening, net::raw_line line)
        : opening_{std::move(opening)}, line_{std::move(line)}
    {
    }

    exchange opening_;
    net::raw_line line_;
};

/// Sends messages on a WebSocket, each once something came after the one before or `patience` is
/// over; the rest not at all where the other side has closed.
asio::awaitable<void> say_in_turn(
    net::raw_line& line, std::vector<std::string> messages, std::chrono::nanoseconds patience
);

} // namespace watertight::probe
