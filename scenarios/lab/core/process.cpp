#include "scenarios/lab/core/process.hpp"

#include "harness/base/assert.hpp"
#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace watertight::lab {

namespace fs = std::filesystem;

static constexpr int patience_ms = 5000;

static void remove_tree(std::string const& path)
{
    // Servers may still be writing while they end, so one pass may not be enough.
    for (int attempt = 0; attempt < 50; ++attempt) {
        std::error_code error;
        fs::remove_all(path, error);
        if (!fs::exists(path, error)) return;
        ::poll(nullptr, 0, 20);
    }
}

temporary_folder::temporary_folder(std::string const& stem)
{
    std::error_code error;
    auto name = (fs::temp_directory_path(error) / (stem + "-XXXXXX")).string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
        throw run_error{fmt::format("no temporary folder {}: {}", name, std::strerror(errno))};
    }
    // The database server may run as another account and must be able to pass through.
    ::chmod(name.c_str(), 0711);
    path_ = name;
}

temporary_folder::~temporary_folder()
{
    remove_tree(path_);
}

caretaker::caretaker(std::string folder)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw run_error{"no pipe for the caretaker"};
    pid_ = ::fork();
    if (pid_ < 0) throw run_error{"no process for the caretaker"};
    if (pid_ == 0) {
        // Out of the terminal's process group, so that Ctrl-C does not end it before its work.
        ::setsid();
        ::dup2(ends[0], 0);
        for (int fd = 1; fd < 1024; ++fd) ::close(fd);
        char byte = 0;
        while (::read(0, &byte, 1) < 0 && errno == EINTR) {
        }
        remove_tree(folder);
        ::_exit(0);
    }
    ::close(ends[0]);
    pipe_ = ends[1];
}

caretaker::~caretaker()
{
    ::close(pipe_);
    ::waitpid(pid_, nullptr, 0);
}

static void become(passwd const* account)
{
    if (account == nullptr) return;
    if (::initgroups(account->pw_name, account->pw_gid) != 0) ::_exit(126);
    if (::setgid(account->pw_gid) != 0 || ::setuid(account->pw_uid) != 0) ::_exit(126);
    ::setenv("HOME", account->pw_dir, 1);
    ::setenv("USER", account->pw_name, 1);
}

[[noreturn]] static void run_child(program const& what, passwd const* account, pid_t parent)
{
    become(account);
    // After the change of account, which clears it.
    ::prctl(PR_SET_PDEATHSIG, what.parting_signal);
    if (::getppid() != parent) ::_exit(126);
    ::setsid();

    auto const nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, 0);
    ::dup2(3, 1);
    ::dup2(3, 2);
    for (int fd = 3; fd < 1024; ++fd) ::close(fd);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    ::unsetenv("PGDATA");
    if (::chdir("/") != 0) ::_exit(126);

    std::vector<char*> arguments{const_cast<char*>(what.path.c_str())};
    for (auto const& a : what.arguments) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    ::execv(what.path.c_str(), arguments.data());
    ::_exit(127);
}

child_process::child_process(program const& what) : parting_signal_(what.parting_signal)
{
    auto const log = ::open(what.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0)
        throw run_error{fmt::format("cannot write {}: {}", what.log, std::strerror(errno))};
    auto const* const account = what.account ? ::getpwnam(what.account->c_str()) : nullptr;
    if (what.account && account == nullptr) {
        throw run_error{
            fmt::format("there is no account '{}' to run {} as", *what.account, what.path)};
    }
    auto const parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw run_error{fmt::format("cannot start {}", what.path)};
    if (pid_ == 0) {
        if (log != 3) ::dup2(log, 3);
        run_child(what, account, parent);
    }
    ::close(log);
}

child_process::child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      parting_signal_(other.parting_signal_),
      ended_(other.ended_)
{
}

static int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool child_process::is_running()
{
    if (ended_) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
    ended_ = code_of(status);
    return false;
}

void child_process::signal(int number) const
{
    if (pid_ > 0 && !ended_) ::kill(pid_, number);
}

int child_process::wait()
{
    if (!ended_) {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        ended_ = code_of(status);
    }
    return *ended_;
}

child_process::~child_process()
{
    if (pid_ < 0 || ended_) return;
    // The descriptor becomes readable when the process ends.
    // By number: glibc 2.36 declares pidfd_open for C alone.
    auto const watch = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    ::kill(pid_, parting_signal_);
    pollfd end{watch, POLLIN, 0};
    if (watch < 0 || ::poll(&end, 1, patience_ms) != 1) ::kill(pid_, SIGKILL);
    ::close(watch);
    wait();
}

std::uint16_t free_port()
{
    auto const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    auto const bound = ::bind(fd, address, size) == 0 && ::getsockname(fd, address, &size) == 0;
    ::close(fd);
    if (!bound) throw run_error{"no free port on 127.0.0.1"};
    return ::ntohs(where.sin_port);
}

static std::optional<std::string> newest_of_postgres(std::string const& name)
{
    std::optional<std::string> best;
    int best_version = 0;
    std::error_code error;
    for (auto const& entry : fs::directory_iterator{"/usr/lib/postgresql", error}) {
        auto const path = entry.path() / "bin" / name;
        auto const version = std::atoi(entry.path().filename().c_str());
        if (version <= best_version || ::access(path.c_str(), X_OK) != 0) continue;
        best_version = version;
        best = path.string();
    }
    return best;
}

std::string find_program(std::string const& name, std::string const& package)
{
    auto const* const path = std::getenv("PATH");
    for (auto const folder : split(path == nullptr ? "" : path, ':')) {
        auto candidate = std::string{folder} + "/" + name;
        if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    if (auto found = newest_of_postgres(name)) return std::move(*found);
    throw run_error{fmt::format("{} is missing: install the Debian package {}", name, package)};
}

void give_to(std::string const& path, std::string const& account)
{
    auto const* const entry = ::getpwnam(account.c_str());
    if (entry == nullptr || ::chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
        throw run_error{fmt::format("cannot give {} to the account '{}'", path, account)};
    }
}

} // namespace watertight::lab
