#include "harness/tenants/intents.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace watertight::tenants {

asio::awaitable<void> turnstile::enter()
{
    while (taken_) {
        auto const executor = co_await asio::this_coro::executor;
        asio::steady_timer turn{executor, asio::steady_timer::time_point::max()};
        waiting_.push_back(&turn);
        boost::system::error_code woken;
        co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        waiting_.remove(&turn);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            // The turn may have been this coroutine's: it goes to the next.
            if (!taken_ && !waiting_.empty()) waiting_.front()->cancel();
            throw boost::system::system_error{asio::error::operation_aborted};
        }
    }
    taken_ = true;
}

void turnstile::leave() noexcept
{
    taken_ = false;
    if (!waiting_.empty()) waiting_.front()->cancel();
}

asio::awaitable<void> intent_queue::intend(journal_entry e)
{
    pending_.push_back(std::move(e));
    auto const mine = ++asked_;
    co_await gate_.enter();
    passage const held{gate_};
    if (written_ >= mine) co_return;
    // Whoever is ready to run gets in line first.
    auto const executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    auto const batch = std::exchange(pending_, {});
    auto const until = asked_;
    log_.intend(batch);
    written_ = until;
}

} // namespace watertight::tenants
