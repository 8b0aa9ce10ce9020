#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <variant>

namespace watertight::net {

/// Runs `op`, but no longer than `budget`.
///
/// @param budget  wall time from now, measured on the steady clock.
/// @param op      taken by value: the frame below owns it until it ends.
/// @param what    named in the failure's sentence.
/// @return what `op` returned, or `deadline_exceeded`, after which the remote side may still have
///         done the work, so do not count it as absent.
/// @note Cancelling the caller cancels `op`; the exception passes through.
template <class T>
asio::awaitable<result<T>>
with_deadline(std::chrono::nanoseconds budget, asio::awaitable<result<T>> op, std::string what)
{
    using namespace asio::experimental::awaitable_operators;

    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer alarm{
        executor, std::chrono::duration_cast<asio::steady_timer::duration>(budget)};
    auto first = co_await (std::move(op) || alarm.async_wait(asio::use_awaitable));
    if (auto* const done = std::get_if<0>(&first)) co_return std::move(*done);
    co_return failure{errc::deadline_exceeded, std::move(what) + " did not end in time", {}};
}

} // namespace watertight::net
