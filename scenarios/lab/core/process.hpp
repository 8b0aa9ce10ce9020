#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lab {

/// A folder under the system's temporary folder. The destructor removes it with all that is in it.
class temporary_folder {
public:
    /// @throws run_error if it cannot be made.
    explicit temporary_folder(std::string const& stem);
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder();

    std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// Removes a folder even when this process is killed: a small process of its own that waits until
/// the end of a pipe tells it that nobody is left. Make it before any thread exists.
class caretaker {
public:
    explicit caretaker(std::string folder);
    caretaker(caretaker const&) = delete;
    caretaker& operator=(caretaker const&) = delete;
    /// Lets it do its work and waits for it.
    ~caretaker();

private:
    pid_t pid_ = -1;
    int pipe_ = -1;
};

struct program {
    std::string path;
    std::vector<std::string> arguments;
    /// The account to run as; nothing: this process's own.
    std::optional<std::string> account;
    /// Standard output and error go here.
    std::string log;
    /// Sent to it when this process dies.
    int parting_signal = 15;
};

/// A child process that dies with this one.
class child_process {
public:
    /// @throws run_error if it cannot be started. Call from the main thread: the kernel ties the
    /// parting signal to the thread that made the child.
    explicit child_process(program const& what);
    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&&) = delete;
    /// Sends the parting signal, waits, and kills it if that takes more than some seconds.
    ~child_process();

    bool is_running();
    void signal(int number) const;
    /// Waits for its end. @return the exit code, 128 + signal if it was killed.
    int wait();

private:
    pid_t pid_ = -1;
    int parting_signal_;
    std::optional<int> ended_;
};

/// A port of 127.0.0.1 that is free now.
std::uint16_t free_port();

/// The path of `name`: in PATH, or in the newest /usr/lib/postgresql/*/bin.
/// @throws run_error that names the Debian package, if it is nowhere.
std::string find_program(std::string const& name, std::string const& package);

/// Gives a file or folder to an account. @throws run_error.
void give_to(std::string const& path, std::string const& account);

} // namespace watertight::lab
