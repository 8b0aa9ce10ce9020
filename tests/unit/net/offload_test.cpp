#include "harness/net/offload.hpp"
#include "harness/net/task_group.hpp"
#include "tests/support/run_async.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

namespace watertight::net {

using namespace std::chrono_literals;
using number = result<int>;

static asio::awaitable<number> run(std::function<number()> work, std::chrono::nanoseconds budget)
{
    co_return co_await offload<int>(budget, std::move(work), "the store");
}

TEST(Offload, BringsTheResultFromAnotherThread)
{
    std::thread::id where;
    auto const out = test::run_async(run(
        [&]() -> number {
            where = std::this_thread::get_id();
            return 7;
        },
        20s
    ));
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(*out, 7);
    EXPECT_NE(where, std::this_thread::get_id());
}

TEST(Offload, BringsTheFailure)
{
    auto const out = test::run_async(run(
        []() -> number {
            return failure{errc::rejected, "no", "11000"};
        },
        20s
    ));
    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error().detail, "11000");
}

TEST(Offload, WhatIsThrownBecomesAFailure)
{
    auto const out =
        test::run_async(run([]() -> number { throw std::runtime_error{"not a document"}; }, 20s));
    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error().code, errc::malformed);
    EXPECT_EQ(out.error().message, "not a document");
}

// The work goes on until it is told to end, when nobody has waited for it for long.
TEST(Offload, GivesUpInTimeAndSaysWho)
{
    auto const ended = std::make_shared<std::promise<void>>();
    auto const may_end = ended->get_future().share();
    auto const out = test::run_async(run(
        [may_end]() -> number {
            may_end.wait();
            return 1;
        },
        1ms
    ));
    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error().code, errc::deadline_exceeded);
    EXPECT_EQ(out.error().message, "the store did not answer in time");
    ended->set_value();
}

static asio::awaitable<void> note_the_end(std::function<number()> work, bool& aborted)
{
    try {
        static_cast<void>(co_await run(std::move(work), 60s));
    } catch (boost::system::system_error const& e) {
        aborted = e.code() == asio::error::operation_aborted;
    }
}

static asio::awaitable<void> cancel_one(std::function<number()> work, bool& aborted)
{
    auto const core = co_await asio::this_coro::executor;
    task_group group{core, 1};
    group.try_spawn(note_the_end(std::move(work), aborted));
    co_await asio::post(core, asio::use_awaitable);
    group.cancel();
    co_await group.join();
}

TEST(Offload, ACancelledWaiterIsThrownOutAtOnce)
{
    auto const ended = std::make_shared<std::promise<void>>();
    auto const may_end = ended->get_future().share();
    bool aborted = false;
    test::run_async(cancel_one(
        [may_end]() -> number {
            may_end.wait();
            return 1;
        },
        aborted
    ));
    EXPECT_TRUE(aborted);
    ended->set_value();
}

} // namespace watertight::net
