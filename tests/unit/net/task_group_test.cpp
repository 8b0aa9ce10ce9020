#include "harness/net/task_group.hpp"
#include "harness/net/wait_list.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

namespace watertight::net {

// `gate` and `done` live in the test's frame, which joins this task.
static asio::awaitable<void> pass(wait_list& gate, int& done)
{
    co_await gate.wait();
    ++done;
}

static asio::awaitable<void> wait_for_ever()
{
    auto const core = co_await asio::this_coro::executor;
    asio::steady_timer never{core, steady::time_point::max()};
    co_await never.async_wait(asio::use_awaitable);
}

static asio::awaitable<void> fail(std::string text)
{
    throw std::runtime_error{text};
    co_return;
}

static asio::awaitable<void> run_to_bound()
{
    auto const core = co_await asio::this_coro::executor;
    wait_list gate{core};
    int done = 0;
    task_group group{core, 2};

    EXPECT_TRUE(group.try_spawn(pass(gate, done)));
    EXPECT_TRUE(group.try_spawn(pass(gate, done)));
    EXPECT_FALSE(group.try_spawn(pass(gate, done)));
    EXPECT_EQ(group.alive(), 2U);

    gate.wake_one();
    co_await group.spawn(pass(gate, done));
    EXPECT_EQ(done, 1);
    EXPECT_EQ(group.alive(), 2U);

    gate.wake_all();
    co_await group.join();
    EXPECT_EQ(done, 3);
    EXPECT_EQ(group.alive(), 0U);
}

TEST(TaskGroup, HoldsItsBound)
{
    test::run_async(run_to_bound());
}

static asio::awaitable<void> cancel_all()
{
    auto const core = co_await asio::this_coro::executor;
    task_group group{core, 8};
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(group.try_spawn(wait_for_ever()));
    group.cancel();
    co_await group.join();
    EXPECT_EQ(group.alive(), 0U);
}

TEST(TaskGroup, CancelEndsEveryTaskAndIsNoFailure)
{
    test::run_async(cancel_all());
}

static asio::awaitable<void> spawn_after_cancel()
{
    auto const core = co_await asio::this_coro::executor;
    task_group group{core, 8};
    EXPECT_TRUE(group.try_spawn(wait_for_ever()));
    group.cancel();
    EXPECT_TRUE(group.try_spawn(wait_for_ever()));
    co_await group.join();
}

TEST(TaskGroup, TaskStartedAfterCancelIsCancelledToo)
{
    test::run_async(spawn_after_cancel());
}

static asio::awaitable<void> join_failures()
{
    auto const core = co_await asio::this_coro::executor;
    task_group group{core, 8};
    group.try_spawn(fail("first"));
    group.try_spawn(fail("second"));
    co_await group.join();
}

TEST(TaskGroup, JoinRethrowsTheFirstException)
{
    try {
        test::run_async(join_failures());
        FAIL() << "nothing was thrown";
    } catch (std::runtime_error const& e) {
        EXPECT_STREQ(e.what(), "first");
    }
}

static asio::awaitable<void> join_for_ever()
{
    auto const core = co_await asio::this_coro::executor;
    task_group group{core, 8};
    group.try_spawn(wait_for_ever());
    co_await group.join();
}

static asio::awaitable<void> cancel_joiner()
{
    auto const core = co_await asio::this_coro::executor;
    task_group outer{core, 1};
    outer.try_spawn(join_for_ever());
    outer.cancel();
    co_await outer.join();
}

TEST(TaskGroup, CancellingTheJoinerCancelsTheTasks)
{
    test::run_async(cancel_joiner());
}

TEST(TaskGroupDeathTest, ForgottenJoinIsShown)
{
    static constexpr auto forget = []() -> asio::awaitable<void> {
        auto const core = co_await asio::this_coro::executor;
        task_group group{core, 1};
        group.try_spawn(wait_for_ever());
    };
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(test::run_async(forget()), "assumed");
}

TEST(TaskGroup, LoopThatDiesWithItsTasksDestroysThem)
{
    auto const limit = std::chrono::milliseconds{1};
    EXPECT_THROW(test::run_async(join_for_ever(), limit), std::runtime_error);
}

static asio::awaitable<void> wait_in_turn()
{
    auto const core = co_await asio::this_coro::executor;
    wait_list gate{core};
    EXPECT_FALSE(gate.wake_one());
    EXPECT_FALSE(co_await gate.wait(steady::now()));
    EXPECT_EQ(gate.waiting(), 0U);
}

TEST(WaitList, ForgetsTheOneWhoseDeadlinePassed)
{
    test::run_async(wait_in_turn());
}

} // namespace watertight::net
