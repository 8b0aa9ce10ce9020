#pragma once

#include "harness/net/asio.hpp"

#include <exception>

namespace watertight::drill {

/// Runs `work` as a coroutine of its own that no cancellation of the caller reaches: for what must
/// be put back whatever happened.
///
/// The caller's frame holds all that `work` needs, and has said `throw_if_cancelled(false)`, so
/// that it waits to the end. @throws what `work` throws.
asio::awaitable<void> out_of_reach(asio::awaitable<void> work);

/// Whether the error is that of a cancelled wait.
bool is_cancellation(std::exception_ptr const& error);

} // namespace watertight::drill
