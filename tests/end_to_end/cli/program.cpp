#include "tests/end_to_end/cli/program.hpp"

#include "harness/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace watertight::test {

using clock = std::chrono::steady_clock;

static std::string path_of(std::string const& name)
{
    auto const beside = executable_folder() + "/" + name;
    return std::filesystem::exists(beside) ? beside : name;
}

program::program(std::vector<std::string> arguments, std::map<std::string, std::string> environment)
{
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error{"no pipe"};
    }
    arguments[0] = path_of(arguments[0]);
    std::vector<char*> argv;
    for (auto& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setpgid(0, 0);
        ::dup2(in[0], STDIN_FILENO);
        ::dup2(out[1], STDOUT_FILENO);
        ::dup2(out[1], STDERR_FILENO);
        // Where a killed process left its counters, the library would warn the next one of that id.
        ::setenv("MONGOC_DISABLE_SHM", "1", 1);
        for (auto const& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_end_ = out[0];
}

program::~program()
{
    if (pid_ > 0) {
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (input_ >= 0) ::close(input_);
    ::close(output_end_);
}

bool program::read_some(std::chrono::milliseconds limit)
{
    pollfd waiting{output_end_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return true;
    std::array<char, 65536> buffer{};
    auto const n = ::read(output_end_, buffer.data(), buffer.size());
    if (n > 0) output_.append(buffer.data(), static_cast<std::size_t>(n));
    return n > 0;
}

bool program::wait_for(std::string const& text, std::chrono::seconds limit)
{
    auto const until = clock::now() + limit;
    while (output_.find(text) == std::string::npos) {
        if (clock::now() > until || !read_some(std::chrono::milliseconds{100})) return false;
    }
    return true;
}

int program::wait(std::chrono::seconds limit)
{
    auto const until = clock::now() + limit;
    while (read_some(std::chrono::milliseconds{100})) {
        if (clock::now() > until) return -1000;
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void program::signal(int number) const
{
    ::kill(pid_, number);
}

void program::type(std::string const& text) const
{
    if (::write(input_, text.data(), text.size()) < 0) throw std::runtime_error{"nobody reads"};
}

void program::close_input()
{
    ::close(input_);
    input_ = -1;
}

outcome
run(std::vector<std::string> arguments,
    std::map<std::string, std::string> environment,
    std::chrono::seconds limit)
{
    program p{std::move(arguments), std::move(environment)};
    auto const code = p.wait(limit);
    return {code, p.output()};
}

std::string source_root()
{
    return WT_SOURCE_ROOT;
}

} // namespace watertight::test
