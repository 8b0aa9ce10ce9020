#include "harness/drill/command.hpp"

#include "harness/base/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

namespace watertight::drill {

static constexpr std::size_t output_bytes_max = 64U << 10;
static constexpr auto poll_every = std::chrono::milliseconds{10};
static constexpr auto grace_to_end = std::chrono::seconds{2};

// The read end of the output and the process group, which dies with this object.
class child {
public:
    child(pid_t pid, int output) noexcept : pid_{pid}, group_{pid}, output_{output} {}
    child(child&& other) noexcept
        : pid_{std::exchange(other.pid_, -1)},
          group_{other.group_},
          output_{std::exchange(other.output_, -1)}
    {
    }
    child& operator=(child&&) = delete;
    ~child()
    {
        if (output_ >= 0) ::close(output_);
        if (pid_ <= 0) return;
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    pid_t group() const noexcept { return group_; }
    void signal(int number) const noexcept { ::kill(-group_, number); }

    // Whatever has been written so far.
    void read_available(std::string& out) const
    {
        char buffer[4096];
        for (;;) {
            auto const n = ::read(output_, buffer, sizeof buffer);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return;
            out.append(buffer, static_cast<std::size_t>(n));
            if (out.size() > 2 * output_bytes_max) out.erase(0, out.size() - output_bytes_max);
        }
    }

    // The exit status once the program has ended.
    std::optional<int> poll_end() noexcept
    {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    // Set to -1 once it has been waited for.
    pid_t pid_;
    pid_t group_;
    int output_;
};

static std::vector<std::string> merged_environment(std::map<std::string, std::string> const& extra)
{
    std::vector<std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string const text = *entry;
        if (!extra.contains(text.substr(0, text.find('=')))) out.push_back(text);
    }
    for (auto const& [name, value] : extra) out.push_back(fmt::format("{}={}", name, value));
    return out;
}

static std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

static int
spawn(std::vector<std::string>& arguments, std::vector<std::string>& env, int out_fd, pid_t& pid)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, out_fd, STDERR_FILENO);
    // Sockets of the harness are no business of a service that the step starts.
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    );
    auto argv = pointers(arguments);
    auto envp = pointers(env);
    auto const error =
        posix_spawnp(&pid, argv.front(), &files, &attributes, argv.data(), envp.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static result<child>
start(std::vector<std::string> arguments, std::map<std::string, std::string> const& environment)
{
    if (arguments.empty()) return failure{errc::malformed, "a command without a program", {}};
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return failure{errc::exhausted, std::string{"no pipe: "} + std::strerror(errno), {}};
    }
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    auto env = merged_environment(environment);
    pid_t pid = -1;
    auto const error = spawn(arguments, env, ends[1], pid);
    ::close(ends[1]);
    if (error != 0) {
        ::close(ends[0]);
        return failure{
            errc::exhausted, arguments.front() + " cannot be started: " + std::strerror(error), {}};
    }
    return child{pid, ends[0]};
}

static std::string tail(std::string text)
{
    if (text.size() > output_bytes_max) text.erase(0, text.size() - output_bytes_max);
    return text;
}

asio::awaitable<result<command_end>> run_command(
    std::vector<std::string> arguments,
    std::map<std::string, std::string> environment,
    std::chrono::nanoseconds budget,
    std::function<void(pid_t)> on_start
)
{
    auto const deadline = steady::now() + budget;
    auto const program = arguments.empty() ? std::string{} : arguments.front();
    auto started = start(std::move(arguments), environment);
    if (started.has_error()) co_return started.error();
    child process = std::move(*started);
    if (on_start) on_start(process.group());

    asio::steady_timer pause{co_await asio::this_coro::executor};
    std::string output;
    bool asked_to_end = false;
    for (;;) {
        auto const status = process.poll_end();
        process.read_available(output);
        if (status && !asked_to_end) co_return command_end{*status, tail(std::move(output))};
        if (status) break;
        auto const now = steady::now();
        if (now >= deadline && !asked_to_end) {
            process.signal(SIGTERM);
            asked_to_end = true;
        }
        if (now >= deadline + grace_to_end) process.signal(SIGKILL);
        pause.expires_after(poll_every);
        co_await pause.async_wait(asio::use_awaitable);
    }
    process.signal(SIGKILL);
    co_return failure{
        errc::deadline_exceeded, program + " did not end in time and was killed", tail(output)};
}

} // namespace watertight::drill
