#pragma once

#include "harness/net/asio.hpp"

#include <cstddef>
#include <functional>
#include <stop_token>

namespace watertight::net {

/// Runs `work` on `cores` threads, each with its own io_context, and waits for all of them.
///
/// @param work  called once per core with the core's number and executor; the coroutine it returns
///              is that core's whole life. Nothing is shared between the coroutines but what the
///              caller makes shared.
/// @param stop  when it is requested, each core's coroutine is cancelled (terminal).
/// @note The caller's own loop goes on meanwhile. Cancelling the caller requests a stop, waits for
///       the threads and returns normally.
/// @throws the first exception of any core, other than the cancellation that was asked for; it
///         stops the other cores.
asio::awaitable<void> run_on_cores(
    std::size_t cores,
    std::function<asio::awaitable<void>(std::size_t core, asio::any_io_executor executor)> work,
    std::stop_token stop
);

} // namespace watertight::net
