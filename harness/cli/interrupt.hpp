#pragma once

#include "harness/net/asio.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>

namespace watertight::cli {

/// Runs a coroutine on `loop` until it ends. The first Ctrl-C (or SIGTERM) cancels it, the second
/// ends the process at once.
///
/// @return false if it was cancelled by a signal. Other exceptions pass through.
bool run_interruptibly(asio::io_context& loop, std::function<asio::awaitable<void>()> work);

} // namespace watertight::cli
