#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace watertight::net {

/// The few threads of the process on which a client library may block. Never joined: at the
/// process's end nobody waits for an answer that nobody wants.
asio::thread_pool& blocking_threads();

/// Where a blocking thread leaves its result for the core that waits.
template <class T>
struct offload_desk {
    std::mutex lock;
    std::optional<result<T>> out;
    /// The waiting coroutine's; nothing once it has left.
    asio::steady_timer* bell = nullptr;
};

template <class T>
class offload_visit {
public:
    explicit offload_visit(std::shared_ptr<offload_desk<T>> desk) : desk_{std::move(desk)} {}
    offload_visit(offload_visit const&) = delete;
    offload_visit& operator=(offload_visit const&) = delete;
    ~offload_visit()
    {
        std::scoped_lock const held{desk_->lock};
        desk_->bell = nullptr;
    }

private:
    std::shared_ptr<offload_desk<T>> desk_;
};

template <class T>
void work_blocking(
    std::function<result<T>()> const& work,
    asio::any_io_executor core,
    std::shared_ptr<offload_desk<T>> const& desk
)
{
    std::optional<result<T>> out;
    try {
        out.emplace(work());
    } catch (std::exception const& e) {
        out.emplace(failure{errc::malformed, e.what(), {}});
    }
    std::scoped_lock const held{desk->lock};
    // Where nobody waits any more, the core may be gone as well.
    if (desk->bell == nullptr) return;
    desk->out = std::move(out);
    asio::post(core, [desk] {
        std::scoped_lock const ringing{desk->lock};
        if (desk->bell != nullptr) desk->bell->cancel();
    });
}

/// Runs `work` on a thread that may block, and waits for its result.
///
/// @param work  must own all that it uses: when the caller is cancelled or the budget is spent,
///              it goes on to its end with nobody listening. What it throws becomes `malformed`.
/// @return its result, or `deadline_exceeded`; cancellation is thrown, as everywhere.
template <class T>
asio::awaitable<result<T>>
offload(std::chrono::nanoseconds budget, std::function<result<T>()> work, std::string what)
{
    auto const core = co_await asio::this_coro::executor;
    asio::steady_timer bell{core};
    bell.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(budget));
    auto const desk = std::make_shared<offload_desk<T>>();
    desk->bell = &bell;
    offload_visit<T> const visit{desk};
    auto job = [work = std::move(work), core, desk] { work_blocking<T>(work, core, desk); };
    asio::post(blocking_threads(), std::move(job));
    auto const rung = co_await bell.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(rung);
    {
        std::scoped_lock const held{desk->lock};
        if (desk->out) co_return std::move(*desk->out);
    }
    asio::cancellation_state const stop = co_await asio::this_coro::cancellation_state;
    if (stop.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
    co_return failure{errc::deadline_exceeded, std::move(what) + " did not answer in time", {}};
}

} // namespace watertight::net
