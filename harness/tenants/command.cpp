#include "harness/tenants/command.hpp"

#include "harness/base/text.hpp"
#include "harness/net/deadline.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

extern char** environ;

namespace watertight::tenants {

namespace {

constexpr std::size_t output_bytes_max = 16U << 20;
constexpr auto reap_pause = 2ms;

/// Both ends of a pipe; what is not taken is closed.
class pipe_ends {
public:
    pipe_ends()
    {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
    }
    pipe_ends(pipe_ends const&) = delete;
    pipe_ends& operator=(pipe_ends const&) = delete;
    ~pipe_ends()
    {
        close(0);
        close(1);
    }

    bool is_open() const noexcept { return ends_[0] >= 0; }
    int writer() const noexcept { return ends_[1]; }
    int take_reader() noexcept { return std::exchange(ends_[0], -1); }
    void close_writer() noexcept { close(1); }

private:
    void close(std::size_t i) noexcept
    {
        if (ends_[i] >= 0) ::close(std::exchange(ends_[i], -1));
    }

    std::array<int, 2> ends_{-1, -1};
};

/// A running program. Killed with its group and reaped if it is still there at the end.
class child {
public:
    explicit child(pid_t id) noexcept : id_{id} {}
    child(child const&) = delete;
    child& operator=(child const&) = delete;
    ~child()
    {
        if (status_) return;
        ::kill(-id_, SIGKILL);
        int ignored = 0;
        ::waitpid(id_, &ignored, 0);
    }

    /// The wait status, once the program has ended.
    std::optional<int> poll() noexcept
    {
        int status = 0;
        if (!status_ && ::waitpid(id_, &status, WNOHANG) == id_) status_ = status;
        return status_;
    }

private:
    pid_t id_;
    std::optional<int> status_;
};

/// How the program is started: quiet input, its outputs on our pipes, signals as by default.
class spawn_recipe {
public:
    spawn_recipe(int output, int error)
    {
        ::posix_spawn_file_actions_init(&files_);
        ::posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&files_, output, 1);
        ::posix_spawn_file_actions_adddup2(&files_, error, 2);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        );
    }
    spawn_recipe(spawn_recipe const&) = delete;
    spawn_recipe& operator=(spawn_recipe const&) = delete;
    ~spawn_recipe()
    {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    result<pid_t> start(std::vector<std::string>& arguments)
    {
        std::vector<char*> words;
        for (auto& word : arguments) words.push_back(word.data());
        words.push_back(nullptr);
        pid_t id = 0;
        auto const error =
            ::posix_spawnp(&id, words[0], &files_, &attributes_, words.data(), environ);
        if (error == 0) return id;
        return failure{
            errc::exhausted,
            fmt::format("cannot start {}: {}", arguments[0], std::strerror(error)),
            {}};
    }

private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

// `out` lives in run_command's frame, which awaits this.
asio::awaitable<bool> read_to_end(asio::posix::stream_descriptor& from, std::string& out)
{
    std::array<char, 8192> part{};
    for (;;) {
        boost::system::error_code error;
        auto const count = co_await from.async_read_some(
            asio::buffer(part), asio::redirect_error(asio::use_awaitable, error)
        );
        if (error == asio::error::operation_aborted) throw boost::system::system_error{error};
        if (out.size() + count > output_bytes_max) co_return false;
        out.append(part.data(), count);
        if (error) co_return true;
    }
}

struct running {
    asio::posix::stream_descriptor output;
    asio::posix::stream_descriptor error;
    child process;
    command_output said{};
};

// `r` lives in run_command's frame, which awaits this.
asio::awaitable<result<int>> wait_for_end(running& r)
{
    using namespace asio::experimental::awaitable_operators;

    auto const [output, error] = co_await (
        read_to_end(r.output, r.said.standard_output) && read_to_end(r.error, r.said.standard_error)
    );
    if (!output || !error) co_return failure{errc::malformed, "the command wrote too much", {}};
    asio::steady_timer timer{co_await asio::this_coro::executor};
    for (;;) {
        if (auto const status = r.process.poll()) co_return *status;
        timer.expires_after(reap_pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

failure ended_badly(std::string const& name, int status, std::string const& said)
{
    auto const how = WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                                         : fmt::format("ended with status {}", WEXITSTATUS(status));
    auto const shown = said.size() > 2000 ? said.substr(said.size() - 2000) : said;
    auto message = name + " " + how;
    if (!trim(shown).empty()) message += ": " + std::string{trim(shown)};
    return {errc::rejected, std::move(message), {}};
}

} // namespace

asio::awaitable<result<command_output>>
run_command(std::vector<std::string> arguments, std::chrono::nanoseconds timeout)
{
    if (arguments.empty()) co_return failure{errc::malformed, "the command is empty", {}};
    pipe_ends output;
    pipe_ends error;
    if (!output.is_open() || !error.is_open()) {
        co_return failure{errc::exhausted, std::string{"no pipe: "} + std::strerror(errno), {}};
    }
    spawn_recipe recipe{output.writer(), error.writer()};
    auto const id = recipe.start(arguments);
    if (!id) co_return id.error();
    output.close_writer();
    error.close_writer();

    auto const executor = co_await asio::this_coro::executor;
    running r{
        asio::posix::stream_descriptor{executor, output.take_reader()},
        asio::posix::stream_descriptor{executor, error.take_reader()},
        child{*id}};
    auto waiting = wait_for_end(r);
    auto name = arguments[0];
    auto const status = co_await net::with_deadline(timeout, std::move(waiting), std::move(name));
    if (!status) co_return status.error();
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
        co_return ended_badly(arguments[0], *status, r.said.standard_error);
    }
    co_return std::move(r.said);
}

result<std::vector<std::string>> render_arguments(command_step const& step, target::scope const& s)
{
    std::vector<std::string> out;
    std::string hold;
    auto const values = [&](std::string_view name) { return target::find_value(s, name, hold); };
    for (auto const& argument : step.arguments) {
        std::string text;
        if (auto const missing = argument.render(values, text)) {
            return failure{errc::malformed, "command: nothing is known as {" + *missing + "}", {}};
        }
        // The system would cut the argument there.
        if (text.find('\0') != std::string::npos) {
            return failure{errc::malformed, "command: an argument holds a zero byte", {}};
        }
        out.push_back(std::move(text));
    }
    return out;
}

} // namespace watertight::tenants
