#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

struct command_end {
    /// The exit code; 128 and the signal's number if a signal ended it, as shells have it.
    int status = 0;
    /// Standard output and error as they came, the last 64 KiB.
    std::string output;
};

/// Runs a program without a shell, found by PATH if it is named without a slash, in a process group
/// of its own and with standard input empty.
///
/// It has ended when the program has, though a service that it started goes on and holds its
/// output. When the deadline passes the whole group gets SIGTERM, two seconds later SIGKILL.
/// @param environment  added to the process's own.
/// @param on_start     told the process's id, which is that of its group.
/// @return `exhausted` if it could not be started; `deadline_exceeded` with the end of its output
///         as `detail`.
/// @note Cancelling the caller kills the group at once; the exception passes through.
asio::awaitable<result<command_end>> run_command(
    std::vector<std::string> arguments,
    std::map<std::string, std::string> environment,
    std::chrono::nanoseconds budget,
    std::function<void(pid_t)> on_start = {}
);

} // namespace watertight::drill
