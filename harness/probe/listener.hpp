#pragma once

#include "harness/net/raw_line.hpp"
#include "harness/probe/context.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

/// A connection of the probe's own on which the target tells what happens.
class listener {
public:
    /// Sends what comes before it, opens `what` as `who`, subscribes and, on a WebSocket, sends its
    /// messages. Never throws for what the target does: an answer without events is heard like any
    /// other.
    static asio::awaitable<listener> open(
        context& ctx, target::event_stream const& what, target::actor& who, request_options options
    );

    /// Waits until what was heard holds one of `tokens`, the target ends it or the time is over.
    asio::awaitable<bool> wait_for(std::vector<std::string> tokens, std::chrono::nanoseconds time);

    /// All that was told so far, as the answer to what opened it.
    exchange heard(context& ctx) const;

    /// Which step of opening it was not answered as the scenario has it, and how; empty: none.
    std::string const& trouble() const noexcept { return trouble_; }

private:
    listener(context& ctx, target::event_stream const& what, target::actor& who);

    asio::awaitable<void>
    take(std::vector<target::operation> const& steps, request_options options);
    asio::awaitable<void> connect(request_options options);
    asio::awaitable<void> take_from_what_is_told();
    asio::awaitable<std::vector<std::string>> messages(request_options options);

    // Both outlive it: they are the run's.
    context* ctx_;
    target::event_stream const* what_;
    target::actor* who_;
    exchange opening_{};
    net::raw_line line_;
    target::values captured_{};
    /// What its side said in further requests: whatever repeats it is an echo.
    std::string said_{};
    std::string trouble_{};
};

/// What `op` captures, from the whole of what was told or from one event's data; nothing as long
/// as it is not all there.
std::optional<target::values> captured_from(target::operation const& op, std::string_view received);

/// Sends messages on a WebSocket, each once something came after the one before or `patience` is
/// over; the rest not at all where the other side has closed.
asio::awaitable<void> say_in_turn(
    net::raw_line& line, std::vector<std::string> messages, std::chrono::nanoseconds patience
);

} // namespace watertight::probe
