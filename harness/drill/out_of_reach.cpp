#include "harness/drill/out_of_reach.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace watertight::drill {

bool is_cancellation(std::exception_ptr const& error)
{
    try {
        std::rethrow_exception(error);
    } catch (boost::system::system_error const& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

asio::awaitable<void> out_of_reach(asio::awaitable<void> work)
{
    auto const core = co_await asio::this_coro::executor;
    asio::steady_timer ended{core, asio::steady_timer::time_point::max()};
    bool has_ended = false;
    std::exception_ptr error;
    auto on_end = [&](std::exception_ptr e) {
        error = std::move(e);
        has_ended = true;
        ended.cancel();
    };
    asio::co_spawn(core, std::move(work), on_end);
    while (!has_ended) {
        boost::system::error_code woken;
        co_await ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    if (error) std::rethrow_exception(error);
}

} // namespace watertight::drill
