// How: the load is a function of the arm that a file on disk says is set up, so that what is
// measured depends on set-up and order as it does against a real system.
#include "harness/base/text.hpp"
#include "harness/experiment/run.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace watertight::experiment {

using namespace std::chrono_literals;

namespace {

drill::step failing(std::string name)
{
    drill::step out;
    out.name = std::move(name);
    out.action = drill::command_step{{"/bin/false"}};
    return out;
}

class world {
public:
    world()
    {
        model.base.host = "127.0.0.1";
        p.name = "speed";
        p.settle = {};
        p.rounds = 2;
        p.prepare = {write("prepared", "yes")};
        p.a.set_up = {write("arm", "a")};
        p.a.restore = {write("restored_a", "yes")};
        p.b.set_up = {write("arm", "b")};
        p.b.restore = {write("restored_b", "yes")};
        p.restore = {write("prepared", "no")};
    }

    drill::step write(std::string const& file, std::string const& text) const
    {
        auto const command = "printf " + text + " > " + (dir / file).string();
        drill::step made;
        made.name = file;
        made.action = drill::command_step{{"/bin/sh", "-c", command}};
        return made;
    }

    std::string read(std::string const& file) const
    {
        auto const text = read_file((dir / file).string());
        return text ? *text : std::string{};
    }

    /// One block: 100 answers, with the latency of the arm that is set up.
    asio::awaitable<traffic::report> drive(traffic::phase)
    {
        order += read("arm");
        if (pause_in_block == order.size()) {
            asio::steady_timer timer{co_await asio::this_coro::executor, 60s};
            co_await timer.async_wait(asio::use_awaitable);
        }
        traffic::report r;
        auto const latency = read("arm") == "a" ? latency_of_a : latency_of_b;
        r.tally.ok = 100 - failures;
        r.tally.errors[0] = failures;
        r.latency.record(latency + std::chrono::microseconds{order.size()}, 100);
        queries += read("arm") == "a" ? 401 : 101;
        co_return r;
    }

    asio::awaitable<void> run_it()
    {
        drill::surroundings const steps{model, tenants, store_urls, environment, secrets, display};
        surroundings const around{
            .steps = steps,
            .drive = [this](traffic::phase load) { return drive(std::move(load)); },
            .count_queries = [this]() -> asio::awaitable<std::optional<std::uint64_t>> {
                co_return queries;
            },
        };
        co_await run(p, around, out);
    }

    test::temp_dir dir;
    target::model model;
    target::population tenants;
    std::map<std::string, std::string> store_urls;
    std::map<std::string, std::string> environment;
    evidence::redactor secrets;
    silent_progress display;
    plan p;
    verdict::experiment_outcome out;
    std::string order;
    std::uint64_t queries = 1000;
    std::uint64_t failures = 0;
    std::size_t pause_in_block = 0;
    std::chrono::microseconds latency_of_a{1000};
    std::chrono::microseconds latency_of_b{500};
};

} // namespace

TEST(Experiment, TakesTheArmsInTurn)
{
    world w;
    test::run_async(w.run_it());

    EXPECT_EQ(w.order, "abbaabba");
}

TEST(Experiment, SeesWhatTheArmsDifferIn)
{
    world w;
    test::run_async(w.run_it());

    ASSERT_TRUE(w.out.latency) << w.out.note;
    EXPECT_LT(w.out.latency->high, -0.45);
    EXPECT_GT(w.out.latency->low, -0.55);
    ASSERT_TRUE(w.out.queries);
    EXPECT_NEAR(w.out.queries->estimate, -0.75, 1e-9);
    EXPECT_EQ(w.out.arms[0].latency_us.size(), 4U);
    EXPECT_EQ(w.out.arms[1].requests, 400U);
}

TEST(Experiment, SeesNoDifferenceWhereThereIsNone)
{
    world w;
    w.latency_of_b = w.latency_of_a;
    test::run_async(w.run_it());

    ASSERT_TRUE(w.out.latency);
    EXPECT_LE(w.out.latency->low, 0);
    EXPECT_GE(w.out.latency->high, 0);
}

TEST(Experiment, PutsEverythingBack)
{
    world w;
    test::run_async(w.run_it());

    EXPECT_EQ(w.read("restored_a"), "yes");
    EXPECT_EQ(w.read("restored_b"), "yes");
    EXPECT_EQ(w.read("prepared"), "no");
    EXPECT_TRUE(w.out.not_restored.empty());
}

TEST(Experiment, PutsBackWhatItBeganWhenAStepFails)
{
    world w;
    w.p.b.set_up.push_back(failing("break"));
    test::run_async(w.run_it());

    EXPECT_NE(w.out.note.find("\"break\" failed"), std::string::npos) << w.out.note;
    EXPECT_FALSE(w.out.latency);
    EXPECT_EQ(w.read("restored_b"), "yes");
    EXPECT_EQ(w.read("restored_a"), "yes");
    EXPECT_EQ(w.read("prepared"), "no");
}

TEST(Experiment, LeavesAnArmAloneThatItNeverSetUp)
{
    world w;
    w.p.a.set_up.push_back(failing("break"));
    test::run_async(w.run_it());

    EXPECT_EQ(w.read("restored_b"), "");
    EXPECT_EQ(w.read("restored_a"), "yes");
}

TEST(Experiment, NamesWhatItCouldNotPutBack)
{
    world w;
    w.p.b.restore.push_back(failing("stuck"));
    test::run_async(w.run_it());

    ASSERT_EQ(w.out.not_restored.size(), 1U);
    EXPECT_EQ(w.out.not_restored[0].substr(0, 6), "stuck:");
    EXPECT_EQ(w.read("prepared"), "no");
}

TEST(Experiment, OfRequestsThatFailIsNoMeasureOfSpeed)
{
    world w;
    w.failures = 30;
    test::run_async(w.run_it());

    EXPECT_FALSE(w.out.latency);
    EXPECT_NE(w.out.note.find("failed in arm a"), std::string::npos) << w.out.note;
}

TEST(Experiment, PutsEverythingBackWhenItIsInterrupted)
{
    world w;
    w.pause_in_block = 3;
    asio::io_context loop{1};
    asio::cancellation_signal stop;
    bool ended = false;
    auto on_end = [&](std::exception_ptr) { ended = true; };
    asio::co_spawn(loop, w.run_it(), asio::bind_cancellation_slot(stop.slot(), on_end));
    auto const deadline = steady::now() + 20s;
    while (w.order.size() < 3 && steady::now() < deadline) loop.run_one_for(100ms);
    stop.emit(asio::cancellation_type::terminal);
    loop.run_for(20s);

    EXPECT_TRUE(ended);
    EXPECT_EQ(w.out.note, "it was interrupted");
    EXPECT_EQ(w.read("restored_a"), "yes");
    EXPECT_EQ(w.read("restored_b"), "yes");
    EXPECT_EQ(w.read("prepared"), "no");
}

} // namespace watertight::experiment
