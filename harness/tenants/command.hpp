#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"
#include "harness/target/render.hpp"
#include "harness/tenants/plan.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace watertight::tenants {

/// What a program that ended with status 0 wrote.
struct command_output {
    std::string standard_output;
    std::string standard_error;
};

/// Runs a program found on PATH, without a shell, with an empty standard input, in a process group
/// of its own that is killed when the time is up or the caller is cancelled.
///
/// @return `rejected` for another exit status or death by a signal, with what it wrote to standard
///         error; `exhausted` if it could not be started; `deadline_exceeded`; `malformed` if it
///         wrote more than 16 MiB.
asio::awaitable<result<command_output>>
run_command(std::vector<std::string> arguments, std::chrono::nanoseconds timeout);

/// Renders the arguments of `step`; each slot's value stays within its argument.
result<std::vector<std::string>> render_arguments(command_step const& step, target::scope const& s);

} // namespace watertight::tenants
