#include "harness/base/clock.hpp"
#include "harness/net/core.hpp"
#include "harness/net/task_group.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace watertight::net {

static asio::awaitable<void> note_thread(std::vector<std::thread::id>& seen, std::size_t core)
{
    seen[core] = std::this_thread::get_id();
    co_return;
}

static asio::awaitable<void> wait_for_ever(std::atomic<int>& started)
{
    ++started;
    auto const core = co_await asio::this_coro::executor;
    asio::steady_timer never{core, steady::time_point::max()};
    co_await never.async_wait(asio::use_awaitable);
}

// References: to the test's frame, which outlives the cores.
static asio::awaitable<void> fail_or_wait(std::size_t core, std::atomic<int>& started)
{
    if (core == 1) throw std::runtime_error{"core 1 broke"};
    co_await wait_for_ever(started);
}

TEST(RunOnCores, GivesEachCoreAThreadOfItsOwn)
{
    std::vector<std::thread::id> seen(3);
    auto const work = [&seen](std::size_t core, asio::any_io_executor) {
        return note_thread(seen, core);
    };
    test::run_async(run_on_cores(3, work, {}));

    EXPECT_NE(seen[0], seen[1]);
    EXPECT_NE(seen[1], seen[2]);
    EXPECT_NE(seen[0], seen[2]);
    for (auto const id : seen) {
        EXPECT_NE(id, std::thread::id{});
        EXPECT_NE(id, std::this_thread::get_id());
    }
}

TEST(RunOnCores, StopEndsEveryCore)
{
    std::atomic<int> started{0};
    std::stop_source stop;
    auto const work = [&](std::size_t, asio::any_io_executor) { return wait_for_ever(started); };
    std::thread stopper{[&] {
        while (started < 2) std::this_thread::yield();
        stop.request_stop();
    }};
    test::run_async(run_on_cores(2, work, stop.get_token()));
    stopper.join();

    EXPECT_EQ(started, 2);
}

TEST(RunOnCores, StopRequestedBeforehandLetsNothingWait)
{
    std::atomic<int> started{0};
    std::stop_source stop;
    stop.request_stop();
    auto const work = [&](std::size_t, asio::any_io_executor) { return wait_for_ever(started); };

    test::run_async(run_on_cores(2, work, stop.get_token()));
}

TEST(RunOnCores, ExceptionOfOneCoreStopsTheOthersAndIsRethrown)
{
    std::atomic<int> started{0};
    auto const work = [&](std::size_t core, asio::any_io_executor) {
        return fail_or_wait(core, started);
    };
    try {
        test::run_async(run_on_cores(3, work, {}));
        FAIL() << "nothing was thrown";
    } catch (std::runtime_error const& e) {
        EXPECT_STREQ(e.what(), "core 1 broke");
    }
}

static asio::awaitable<void> run_and_note(std::atomic<int>& started, bool& returned)
{
    auto const work = [&](std::size_t, asio::any_io_executor) { return wait_for_ever(started); };
    co_await run_on_cores(2, work, {});
    returned = true;
}

static asio::awaitable<void> cancel_the_caller(std::atomic<int>& started, bool& returned)
{
    auto const core = co_await asio::this_coro::executor;
    task_group group{core, 1};
    group.try_spawn(run_and_note(started, returned));
    // The caller's own loop goes on meanwhile.
    asio::steady_timer pause{core};
    while (started < 2) {
        pause.expires_after(1ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
    group.cancel();
    co_await group.join();
}

TEST(RunOnCores, CancellingTheCallerStopsTheCoresAndReturns)
{
    std::atomic<int> started{0};
    bool returned = false;
    test::run_async(cancel_the_caller(started, returned));

    EXPECT_TRUE(returned);
}

TEST(RunOnCores, LoopThatDiesFirstStillEndsTheThreads)
{
    std::atomic<int> started{0};
    auto const work = [&](std::size_t, asio::any_io_executor) { return wait_for_ever(started); };

    EXPECT_THROW(test::run_async(run_on_cores(2, work, {}), 5ms), std::runtime_error);
}

} // namespace watertight::net
