#include "harness/drill/run.hpp"

#include "harness/drill/phases.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace watertight::drill {

static bool is_cancellation(std::exception_ptr const& error)
{
    try {
        std::rethrow_exception(error);
    } catch (boost::system::system_error const& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

// `r` is in the frame of `run`, which awaits this.
static asio::awaitable<void> way_there(rehearsal& r)
{
    if (!co_await r.prepare()) co_return;
    if (co_await r.baseline()) co_await r.go_forward();
}

asio::awaitable<verdict::drill_outcome>
run(plan const& p, surroundings& s, evidence::finding_book& findings)
{
    auto const core = co_await asio::this_coro::executor;
    rehearsal r{core, p, s};
    std::exception_ptr ended_by;
    try {
        co_await way_there(r);
    } catch (...) {
        ended_by = std::current_exception();
    }
    auto const interrupted = ended_by != nullptr;

    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await out_of_reach(r.go_back(interrupted));
    co_await asio::this_coro::throw_if_cancelled(throwing);

    if (interrupted && !is_cancellation(ended_by)) std::rethrow_exception(ended_by);
    auto out = r.conclude(interrupted, findings);
    co_return out;
}

} // namespace watertight::drill
