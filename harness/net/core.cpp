#include "harness/net/core.hpp"

#include "harness/net/wait_list.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace watertight::net {

using core_work = std::function<asio::awaitable<void>(std::size_t, asio::any_io_executor)>;

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

// One core's loop. Its members are touched by its own thread alone, `context` and `stop` excepted.
struct core_loop {
    // Keeps the number of threads a hint to Asio: one, so no locking is needed for speed.
    asio::io_context context{1};
    asio::cancellation_signal cancel;
    bool stopping = false;
    bool ended = false;
    std::exception_ptr error;

    void note(std::exception_ptr e)
    {
        if (e && !(stopping && is_cancellation(e))) error = std::move(e);
    }

    // From any thread.
    void stop()
    {
        asio::post(context, [this] {
            stopping = true;
            if (!ended) cancel.emit(asio::cancellation_type::terminal);
        });
    }
};

static asio::awaitable<void> live(core_work work, std::size_t core, asio::any_io_executor executor)
{
    co_await work(core, executor);
}

static void run_loop(core_loop& loop, core_work const& work, std::size_t core)
{
    auto on_end = [&loop](std::exception_ptr error) {
        loop.ended = true;
        loop.note(std::move(error));
        loop.context.stop();
    };
    asio::co_spawn(
        loop.context,
        live(work, core, loop.context.get_executor()),
        asio::bind_cancellation_slot(loop.cancel.slot(), on_end)
    );
    try {
        loop.context.run();
    } catch (...) {
        // Also where Asio reports a coroutine that was cancelled before its first step.
        loop.note(std::current_exception());
    }
}

// The threads and what the caller knows of them; the latter is touched on the caller's loop alone.
struct crew {
    crew(asio::any_io_executor home_, std::size_t cores) : home{home_}, ended{home_}
    {
        for (std::size_t i = 0; i < cores; ++i) loops.push_back(std::make_unique<core_loop>());
        alive = cores;
    }
    crew(crew const&) = delete;
    crew& operator=(crew const&) = delete;
    ~crew()
    {
        stop();
        for (auto& thread : threads) thread.join();
    }

    void start(core_work const& work);
    void stop()
    {
        for (auto const& loop : loops) loop->stop();
    }

    asio::any_io_executor home;
    std::vector<std::unique_ptr<core_loop>> loops;
    std::vector<std::thread> threads;
    std::size_t alive = 0;
    std::exception_ptr first_error;
    wait_list ended;
};

void crew::start(core_work const& work)
{
    for (std::size_t i = 0; i < loops.size(); ++i) {
        threads.emplace_back([this, i, work] {
            run_loop(*loops[i], work, i);
            asio::post(home, [this, error = loops[i]->error] {
                --alive;
                if (error && !first_error) {
                    first_error = error;
                    stop();
                }
                ended.wake_all();
            });
        });
    }
}

asio::awaitable<void> run_on_cores(std::size_t cores, core_work work, std::stop_token stop)
{
    auto const home = co_await asio::this_coro::executor;
    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);

    auto const team = std::make_unique<crew>(home, cores);
    team->start(work);
    bool stopped = false;
    {
        auto const pass_on = [&team] { team->stop(); };
        std::stop_callback const on_stop{stop, pass_on};
        while (team->alive > 0) {
            auto const asked = (co_await asio::this_coro::cancellation_state).cancelled();
            if (asked != asio::cancellation_type::none && !std::exchange(stopped, true)) {
                team->stop();
            }
            co_await team->ended.wait();
        }
    }
    auto const error = team->first_error;
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (error) std::rethrow_exception(error);
}

} // namespace watertight::net
