#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace watertight::net {

/// Whoever wants to know that a file descriptor may be ready.
class poll_target {
public:
    /// @param events  as epoll tells them: EPOLLIN, EPOLLOUT, EPOLLRDHUP, ...
    virtual void on_ready(std::uint32_t events) = 0;

protected:
    ~poll_target() = default;
};

/// Whoever has something to do after all that are ready have been told.
class batch_listener {
public:
    virtual void on_batch_end() = 0;

protected:
    ~batch_listener() = default;
};

/// Tells the sockets of one loop when they are ready, many at a time and without a queue between.
///
/// Each read of an Asio socket takes an operation object, locks, a trip through the scheduler and,
/// before the data is there, a receive in vain (1.64 a request, against 1.00 here, by strace -c). A
/// ready socket here is one call. The poller is itself one descriptor that the loop waits for.
///
/// Readiness is told once per change (edge-triggered): after it, read until there is nothing left.
/// One per io_context, made on first use; its thread alone may touch it.
class poller final : public asio::execution_context::service {
public:
    /// The one of the loop on which `core` runs.
    static poller& of(asio::any_io_executor const& core);

    using key_type = poller;
    static asio::execution_context::id id;
    explicit poller(asio::execution_context& loop);

    /// From now on `who` is told of `fd`, until `forget`. Failure: `exhausted`.
    result<void> watch(int fd, poll_target& who);
    /// To be called before `fd` is closed; `who` is told nothing more, not even what is under way.
    void forget(int fd, poll_target& who) noexcept;

    /// Calls `who` once, when the sockets that are ready now have all been told. What is sent then
    /// goes out in a burst, so that the other side, if it slept, is woken once and not each time.
    /// @return false if no sockets are being told.
    bool await_batch_end(batch_listener& who);
    /// `who` is not called after all.
    void forget(batch_listener& who) noexcept;

    /// The loop goes on, and targets are told, while there are more begun than ended waits.
    void begin_wait();
    void end_wait() noexcept;

private:
    void shutdown() override;
    void wait();
    void tell_all();
    void tell(std::span<epoll_event> batch);

    asio::posix::stream_descriptor epoll_;
    std::span<epoll_event> untold_;
    std::vector<batch_listener*> listeners_;
    bool is_telling_ = false;
    std::size_t waits_ = 0;
    bool is_waiting_ = false;
    bool is_shut_ = false;
};

} // namespace watertight::net
