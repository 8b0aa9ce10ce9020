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
#include <utility>

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
    // Awaited apart from the conditions: GCC 12 at -O2 resumes a frame with both in one wrongly.
    auto const prepared = co_await r.prepare();
    if (!prepared) co_return;
    auto const measured = co_await r.baseline();
    if (measured) co_await r.go_forward();
}

// Runs `work` as a coroutine of its own that no cancellation of the caller reaches. The caller's
// frame holds all that it needs, and does not throw if it is cancelled meanwhile.
static asio::awaitable<void> out_of_reach(asio::awaitable<void> work)
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
    auto back = r.go_back(interrupted);
    co_await out_of_reach(std::move(back));
    co_await asio::this_coro::throw_if_cancelled(throwing);

    if (interrupted && !is_cancellation(ended_by)) std::rethrow_exception(ended_by);
    auto out = r.conclude(interrupted, findings);
    co_return out;
}

} // namespace watertight::drill
