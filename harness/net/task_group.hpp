#pragma once

#include "harness/net/asio.hpp"

#include <cstddef>
#include <memory>

namespace watertight::net {

/// Owns the coroutines it starts: none outlives it, and none fails unseen.
///
/// Lives on one core and is not thread-safe. `join` must finish before the destructor runs; a
/// destructor cannot wait.
class task_group {
public:
    /// @param tasks_max  upper bound on tasks alive at once, > 0.
    task_group(asio::any_io_executor core, std::size_t tasks_max);
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;
    ~task_group();

    /// @return false, without starting it, if `tasks_max` are already alive.
    bool try_spawn(asio::awaitable<void> task);

    /// Waits until a place is free, then starts the task.
    asio::awaitable<void> spawn(asio::awaitable<void> task);

    /// Asks every task to stop; they still have to be joined.
    void cancel();

    /// Waits for all tasks. Cancelling the waiter cancels the tasks.
    /// @throws the first exception that left a task.
    asio::awaitable<void> join();

    std::size_t alive() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace watertight::net
