#include "harness/net/poller.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace watertight::net {

// Timers and messages from other threads wait for no more than this many batches.
static constexpr int batches_max = 8;
static constexpr std::size_t batch_size = 128;

asio::execution_context::id poller::id;

poller& poller::of(asio::any_io_executor const& core)
{
    return asio::use_service<poller>(asio::query(core, asio::execution::context));
}

poller::poller(asio::execution_context& loop)
    : service{loop}, epoll_{static_cast<asio::io_context&>(loop)}
{
    auto const fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd >= 0) epoll_.assign(fd);
}

void poller::shutdown()
{
    is_shut_ = true;
    boost::system::error_code ignored;
    epoll_.close(ignored);
}

result<void> poller::watch(int fd, poll_target& who)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &who;
    if (epoll_.is_open() && ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0) {
        return boost::system::in_place_value;
    }
    return failure{
        errc::exhausted,
        std::string{"a socket can't be watched: "} +
            (epoll_.is_open() ? std::strerror(errno) : "no epoll descriptor could be had"),
        {}};
}

void poller::forget(int fd, poll_target& who) noexcept
{
    if (epoll_.is_open()) ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
    for (auto& event : untold_) {
        if (event.data.ptr == &who) event.data.ptr = nullptr;
    }
}

bool poller::await_batch_end(batch_listener& who)
{
    if (is_telling_ && std::ranges::find(listeners_, &who) == listeners_.end()) {
        listeners_.push_back(&who);
    }
    return is_telling_;
}

void poller::forget(batch_listener& who) noexcept
{
    std::ranges::replace(listeners_, &who, nullptr);
}

void poller::begin_wait()
{
    ++waits_;
    if (!is_waiting_ && !is_shut_) wait();
}

void poller::end_wait() noexcept
{
    if (--waits_ > 0 || !is_waiting_ || is_shut_) return;
    boost::system::error_code ignored;
    epoll_.cancel(ignored);
}

void poller::wait()
{
    is_waiting_ = true;
    epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this](auto const& error) {
        // While targets are told, a wait that they begin is the one below.
        if (!error) tell_all();
        is_waiting_ = false;
        // Those that began to wait after the last one had ended are still to be served.
        if (waits_ > 0 && !is_shut_ && (!error || error == asio::error::operation_aborted)) wait();
    });
}

void poller::tell_all()
{
    std::array<epoll_event, batch_size> events;
    for (int n = 0; n < batches_max && waits_ > 0; ++n) {
        auto const ready = ::epoll_wait(epoll_.native_handle(), events.data(), batch_size, 0);
        if (ready <= 0) return;
        tell(std::span{events}.first(static_cast<std::size_t>(ready)));
    }
}

void poller::tell(std::span<epoll_event> batch)
{
    // Even if a target throws, nothing may refer to the batch afterwards.
    struct telling {
        explicit telling(poller& p) : of{p} { of.is_telling_ = true; }
        telling(telling const&) = delete;
        telling& operator=(telling const&) = delete;
        ~telling()
        {
            of.untold_ = {};
            of.listeners_.clear();
            of.is_telling_ = false;
        }
        poller& of;
    };
    telling const now{*this};
    for (untold_ = batch; !untold_.empty();) {
        auto const event = untold_.front();
        untold_ = untold_.subspan(1);
        if (event.data.ptr == nullptr) continue;
        static_cast<poll_target*>(event.data.ptr)->on_ready(event.events);
    }
    // They may be joined by others meanwhile.
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        if (auto* const who = std::exchange(listeners_[i], nullptr)) who->on_batch_end();
    }
}

} // namespace watertight::net
