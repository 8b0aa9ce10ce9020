#pragma once

#include "harness/base/clock.hpp"
#include "harness/net/asio.hpp"

#include <cstddef>
#include <list>

namespace watertight::net {

/// Coroutines of one core that wait, in order of arrival, until another one wakes them.
class wait_list {
public:
    explicit wait_list(asio::any_io_executor core);

    /// @return true if woken, even if the caller was cancelled in the same breath, so that no
    ///         wake-up is lost; false if the deadline passed or the caller was cancelled.
    asio::awaitable<bool> wait(steady::time_point deadline = steady::time_point::max());

    /// Wakes the one that has waited longest. @return false if nobody waits.
    bool wake_one();
    void wake_all();
    std::size_t waiting() const noexcept { return waiters_.size(); }

private:
    struct waiter;
    struct place;

    asio::any_io_executor core_;
    // Each waiter lies in the frame of its `wait`.
    std::list<waiter*> waiters_;
};

} // namespace watertight::net
