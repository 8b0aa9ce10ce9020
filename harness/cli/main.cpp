#include "harness/base/fatal.hpp"
#include "harness/cli/options.hpp"
#include "harness/stores/mongo_counters.hpp"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>

static int exit_with(watertight::exit_code code, char const* what)
{
    fmt::print(stderr, "watertight: {}\n", what);
    return static_cast<int>(code);
}

int main(int argc, char** argv)
{
    // A closed pipe (watertight ... | head) is an error of the write, not a reason to die silently.
    std::signal(SIGPIPE, SIG_IGN);
    watertight::stores::unname_mongo_counters();
    try {
        return watertight::cli::dispatch(argc, argv);
    } catch (watertight::usage_error const& e) {
        return exit_with(watertight::exit_code::usage, e.what());
    } catch (std::exception const& e) {
        return exit_with(watertight::exit_code::not_run, e.what());
    }
}
