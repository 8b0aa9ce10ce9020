#pragma once

#include "harness/net/asio.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>

/// ASSERT_TRUE for coroutines, where gtest's own cannot return.
#define WT_CO_ASSERT(condition)                                                                    \
    if (condition) {                                                                               \
    } else {                                                                                       \
        ADD_FAILURE() << "this is not so: " #condition;                                            \
        co_return;                                                                                 \
    }                                                                                              \
    static_assert(true)

namespace watertight::test {

/// Runs a coroutine to its end on a loop of its own.
///
/// @throws what the coroutine throws; std::runtime_error if it does not end within `limit`.
inline void
run_async(asio::awaitable<void> task, std::chrono::nanoseconds limit = std::chrono::seconds{100})
{
    asio::io_context loop{1};
    std::exception_ptr error;
    bool ended = false;
    auto on_end = [&](std::exception_ptr e) {
        error = e;
        ended = true;
        loop.stop();
    };
    asio::co_spawn(loop, std::move(task), on_end);
    loop.run_for(limit);
    // A stopped loop tells what it destroys that nobody can wait for it any more.
    loop.stop();
    if (!ended) throw std::runtime_error{"the coroutine did not end in time"};
    if (error) std::rethrow_exception(error);
}

template <class T>
asio::awaitable<void> store_in(std::optional<T>& out, asio::awaitable<T> task)
{
    out.emplace(co_await std::move(task));
}

/// The same for a coroutine that returns something.
template <class T>
T run_async(asio::awaitable<T> task, std::chrono::nanoseconds limit = std::chrono::seconds{100})
{
    std::optional<T> out;
    run_async(store_in(out, std::move(task)), limit);
    return std::move(*out);
}

} // namespace watertight::test
