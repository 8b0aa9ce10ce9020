#include "harness/cli/lab_process.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/base/process.hpp"
#include "harness/base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

extern char** environ;

namespace watertight::cli {

static constexpr auto start_timeout = std::chrono::seconds{60};
static constexpr auto stop_timeout = std::chrono::seconds{5};

std::string lab_program()
{
    auto path = executable_folder() + "/watertight-lab";
    if (!std::filesystem::exists(path)) throw run_error{path + " is missing: build it first"};
    return path;
}

lab_process::lab_process(std::string const& dialect, std::vector<std::string> const& faults)
{
    std::vector<std::string> arguments{lab_program(), "--dialect", dialect, "--with-parent"};
    for (auto const& fault : faults) {
        arguments.emplace_back("--fault");
        arguments.push_back(fault);
    }
    log_path_ = fmt::format("/tmp/watertight-lab-{}.log", ::getpid());
    spawn(arguments);
    auto const ready = nlohmann::json::parse(first_line(), nullptr, false);
    if (!ready.is_object() || !ready.value("ready", false)) {
        auto const said = complaint();
        stop();
        throw run_error{"the lab did not start: " + said};
    }
    for (auto const& [name, value] : ready["environment"].items()) {
        environment_.emplace(name, value.get<std::string>());
    }
}

lab_process::~lab_process()
{
    stop();
}

void lab_process::spawn(std::vector<std::string> const& arguments)
{
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) {
        throw run_error{"no pipe could be made for the lab"};
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600
    );
    // A process group of its own: Ctrl-C is for us, and we end the lab when we no longer need it.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<char*> argv;
    for (auto const& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    auto const error = ::posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    output_ = from[0];
    if (error != 0) {
        pid_ = -1;
        throw run_error{fmt::format("{} can't be run: {}", arguments[0], std::strerror(error))};
    }
}

std::string lab_process::first_line()
{
    std::string line;
    auto const until = steady::now() + start_timeout;
    while (line.find('\n') == std::string::npos && steady::now() < until) {
        pollfd waiting{output_, POLLIN, 0};
        if (::poll(&waiting, 1, 200) <= 0) continue;
        std::array<char, 4096> buffer{};
        auto const n = ::read(output_, buffer.data(), buffer.size());
        if (n <= 0) break;
        line.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return line.substr(0, line.find('\n'));
}

std::string lab_process::complaint() const
{
    auto const log = read_file(log_path_);
    auto const said = log.has_value() ? std::string{trim(*log)} : std::string{};
    return said.empty() ? "it said nothing" : said.substr(said.rfind('\n') + 1);
}

void lab_process::stop() noexcept
{
    if (input_ >= 0) ::close(input_);
    if (output_ >= 0) ::close(output_);
    input_ = output_ = -1;
    if (pid_ > 0) {
        ::kill(pid_, SIGTERM);
        auto const until = steady::now() + stop_timeout;
        int status = 0;
        while (::waitpid(pid_, &status, WNOHANG) == 0) {
            if (steady::now() > until) ::kill(pid_, SIGKILL);
            ::poll(nullptr, 0, 20);
        }
        pid_ = -1;
    }
    std::error_code ignored;
    std::filesystem::remove(log_path_, ignored);
}

std::string output_of(std::vector<std::string> const& arguments)
{
    std::array<int, 2> from{};
    if (::pipe2(from.data(), O_CLOEXEC) != 0) throw run_error{"no pipe could be made"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (auto const& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    int pid = -1;
    auto const error = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(from[1]);
    std::string out;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; error == 0 && (n = ::read(from[0], buffer.data(), buffer.size())) > 0;) {
        out.append(buffer.data(), static_cast<std::size_t>(n));
    }
    ::close(from[0]);
    int status = 0;
    if (error != 0 || ::waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0) {
        throw run_error{join(arguments, " ") + " failed"};
    }
    return out;
}

std::vector<lab_fault> lab_faults()
{
    auto const text = output_of({lab_program(), "--list-faults", "--json"});
    auto const json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_array()) throw run_error{"the lab's list of faults can't be read"};
    std::vector<lab_fault> out;
    for (auto const& f : json) {
        out.push_back({
            f.at("id"),
            f.at("dialect"),
            f.at("title"),
            f.at("layer"),
            f.at("guarantee"),
            f.at("channel"),
        });
    }
    return out;
}

} // namespace watertight::cli
