#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace watertight::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

static fs::path folder_of(lab_process const& lab)
{
    return fs::path{lab.environment("MIS_FILES")}.parent_path();
}

// Whether any process was started with a command line that names the folder.
static bool is_served(fs::path const& folder)
{
    std::error_code error;
    for (auto const& entry : fs::directory_iterator{"/proc", error}) {
        std::ifstream file{entry.path() / "cmdline"};
        std::string const line{std::istreambuf_iterator<char>{file}, {}};
        if (line.find(folder.string()) != std::string::npos) return true;
    }
    return false;
}

static bool goes_away(fs::path const& folder)
{
    for (int i = 0; i < 500; ++i) {
        if (!fs::exists(folder) && !is_served(folder)) return true;
        std::this_thread::sleep_for(20ms);
    }
    return false;
}

TEST(LabProcess, EndsWithItsParentAndLeavesNothing)
{
    lab_process lab;
    auto const folder = folder_of(lab);
    ASSERT_TRUE(fs::exists(folder));
    ASSERT_TRUE(is_served(folder));

    EXPECT_EQ(lab.finish(), 0);
    EXPECT_TRUE(goes_away(folder));
}

TEST(LabProcess, ATerminationEndsItInOrder)
{
    lab_process lab;
    auto const folder = folder_of(lab);

    ::kill(lab.pid(), SIGTERM);

    EXPECT_EQ(lab.finish(), 0);
    EXPECT_TRUE(goes_away(folder));
}

// An impatient supervisor repeats itself while the servers are being stopped.
TEST(LabProcess, ASecondTerminationDoesNotBreakOffTheFirst)
{
    lab_process lab;
    auto const folder = folder_of(lab);
    auto const has_ended = [&lab] {
        siginfo_t seen{};
        ::waitid(P_PID, static_cast<id_t>(lab.pid()), &seen, WEXITED | WNOHANG | WNOWAIT);
        return seen.si_pid == lab.pid();
    };

    while (!has_ended()) {
        ::kill(lab.pid(), SIGTERM);
        std::this_thread::sleep_for(1ms);
    }

    EXPECT_EQ(lab.finish(), 0);
    EXPECT_TRUE(goes_away(folder));
}

TEST(LabProcess, EvenWhenItIsKilledItLeavesNothing)
{
    fs::path folder;
    {
        auto const lab = std::make_unique<lab_process>();
        folder = folder_of(*lab);
        ::kill(lab->pid(), SIGKILL);
        lab->abandon();
    }
    EXPECT_TRUE(goes_away(folder));
}

TEST(LabProcess, NamesWhatAClientNeeds)
{
    lab_process lab;

    EXPECT_EQ(lab.ready()["ready"], true);
    EXPECT_EQ(lab.ready()["dialect"], "mis");
    EXPECT_EQ(lab.ready()["faults"], json::array());
    EXPECT_EQ(lab.send({.target = "/healthz"}).body["status"], "ok");
    EXPECT_EQ(lab.send({.target = "/metrics"}).status, 401);
    EXPECT_EQ(lab.send({.target = "/metrics", .token = lab.admin_token()}).status, 200);
    EXPECT_EQ(lab.send({.method = "PURGE", .target = "/healthz"}).status, 405);
    EXPECT_EQ(lab.send({.target = "/nowhere"}).status, 404);
    EXPECT_EQ(lab.sql("MIS_POSTGRES_APP_URL", "SELECT current_user").values[0][0], "mis_app");
    EXPECT_EQ(lab.redis({"PING"}).text, "PONG");
}

} // namespace watertight::test
