#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lab {

/// What the command line asks for.
struct options {
    std::string dialect = "mis";
    std::vector<std::string> faults;
    bool list_faults = false;
    bool as_json = false;
    /// 0 takes any free port.
    std::uint16_t port = 0;
    std::size_t cores = 2;
    /// End when standard input ends.
    bool with_parent = false;
    /// Print `export NAME=value` lines on standard error even if standard output is no terminal.
    bool environment = false;
    bool verbose = false;
    /// Lifetime of tokens; nothing: the plan's.
    std::optional<std::uint32_t> session_s;
    /// Multiplies each plan's requests a day, so that load tests measure the service.
    double rate_scale = 1000;
};

/// @return what was asked for, or nothing if help was printed.
/// @throws usage_error with a sentence for a wrong command line.
std::optional<options> parse_options(int argc, char const* const* argv);

} // namespace watertight::lab
