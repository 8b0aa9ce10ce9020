#include "harness/base/clock.hpp"
#include "harness/drill/command.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace watertight::drill {

static result<command_end>
run(std::vector<std::string> arguments,
    std::chrono::nanoseconds budget = 10s,
    std::map<std::string, std::string> environment = {})
{
    return test::run_async(run_command(std::move(arguments), std::move(environment), budget));
}

TEST(DrillCommand, GivesStatusAndOutput)
{
    auto const end = run({"sh", "-c", "echo out; echo err >&2; exit 3"});

    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->status, 3);
    EXPECT_EQ(end->output, "out\nerr\n");
}

TEST(DrillCommand, PassesArgumentsWithoutAShell)
{
    auto const end = run({"printf", "%s|", "$HOME", "a b", "; exit 1"});

    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->output, "$HOME|a b|; exit 1|");
}

TEST(DrillCommand, AddsToTheEnvironment)
{
    auto const end = run(
        {"sh", "-c", "echo $DRILL_STORE; echo ${PATH:+has a path}"}, 10s, {{"DRILL_STORE", "blue"}}
    );

    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->output, "blue\nhas a path\n");
}

TEST(DrillCommand, AProgramThatIsNotThereIsSaidSo)
{
    auto const end = run({"no-such-program-anywhere"});

    ASSERT_TRUE(end.has_error());
    EXPECT_EQ(end.error().code, errc::exhausted);
    EXPECT_NE(end.error().message.find("no-such-program-anywhere"), std::string::npos);
}

TEST(DrillCommand, IsKilledAtItsDeadlineWithAllItsChildren)
{
    test::temp_dir const folder;
    auto const pid_file = (folder / "pid").string();
    auto const begin = steady::now();

    auto const end =
        run({"sh", "-c", "echo begun; sleep 60 & echo $! > " + pid_file + "; wait"}, 300ms);

    ASSERT_TRUE(end.has_error());
    EXPECT_EQ(end.error().code, errc::deadline_exceeded);
    EXPECT_EQ(end.error().detail, "begun\n");
    EXPECT_LT(steady::now() - begin, 5s);
    pid_t grandchild = 0;
    std::ifstream{pid_file} >> grandchild;
    ASSERT_GT(grandchild, 0);
    // It may stay as a zombie until its new parent looks; it must not run.
    std::string state;
    std::ifstream{"/proc/" + std::to_string(grandchild) + "/stat"} >> state >> state >> state;
    EXPECT_TRUE(state.empty() || state == "Z" || state == "X") << state;
}

TEST(DrillCommand, AServiceThatItStartsDoesNotHoldItUp)
{
    auto const begin = steady::now();

    auto const end = run({"sh", "-c", "sleep 3 & echo started"});

    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->output, "started\n");
    EXPECT_LT(steady::now() - begin, 2s);
}

TEST(DrillCommand, KeepsTheEndOfALongOutput)
{
    auto const end = run({"sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; echo the end"});

    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->output.size(), 64U << 10);
    EXPECT_TRUE(end->output.ends_with("xthe end\n"));
}

static asio::awaitable<void> cancelled_after(std::chrono::milliseconds d, std::string script)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer alarm{co_await asio::this_coro::executor, d};
    std::vector<std::string> arguments{"sh", "-c", std::move(script)};
    std::map<std::string, std::string> none;
    auto command = run_command(std::move(arguments), std::move(none), 1min);
    co_await (std::move(command) || alarm.async_wait(asio::use_awaitable));
}

TEST(DrillCommand, ACancelledCommandDoesNotGoOn)
{
    test::temp_dir const folder;
    auto const mark = (folder / "mark").string();

    test::run_async(cancelled_after(200ms, "sleep 1; echo late > " + mark));
    auto const later = run({"sleep", "1.2"});

    ASSERT_TRUE(later.has_value());
    EXPECT_FALSE(std::filesystem::exists(mark));
}

} // namespace watertight::drill
