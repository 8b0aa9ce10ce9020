#include "scenarios/lab/core/options.hpp"

#include "harness/base/fatal.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <thread>

namespace watertight::lab {

static char const* const examples = R"(Examples:
  watertight-lab                      the correct service; prints its addresses when ready
  watertight-lab --fault K01          with the cache key that lacks the tenant
  watertight-lab --list-faults --json the catalogue, for programs
)";

std::optional<options> parse_options(int argc, char const* const* argv)
{
    options out;
    CLI::App app{"The reference target: a multi-tenant service over private stores of its own."};
    app.footer(examples);
    app.add_option("--dialect", out.dialect, "The API to speak")->capture_default_str();
    app.add_option("--fault", out.faults, "Switch a defect on (repeatable)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--list-faults", out.list_faults, "Print the defects and end");
    app.add_flag("--json", out.as_json, "With --list-faults: as JSON");
    app.add_option("--port", out.port, "Port on 127.0.0.1; 0 takes a free one")
        ->capture_default_str();
    app.add_option("--cores", out.cores, "Threads that serve")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_flag("--with-parent", out.with_parent, "End when standard input ends");
    app.add_flag("--environment", out.environment, "Print export lines on standard error");
    app.add_option("--session-seconds", out.session_s, "Lifetime of tokens instead of the plan's");
    app.add_option("--rate-scale", out.rate_scale, "Factor on the plans' requests a day")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("-v,--verbose", out.verbose, "Log each request on standard error");
    try {
        app.parse(argc, argv);
    } catch (CLI::CallForHelp const&) {
        std::cout << app.help();
        return std::nullopt;
    } catch (CLI::ParseError const& e) {
        throw usage_error{e.what()};
    }
    out.cores = std::min<std::size_t>(out.cores, std::max(1U, std::thread::hardware_concurrency()));
    return out;
}

} // namespace watertight::lab
