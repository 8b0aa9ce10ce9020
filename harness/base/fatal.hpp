#pragma once

#include <stdexcept>

namespace watertight {

/// The process's exit codes; scripts depend on them.
enum class exit_code : int {
    passed = 0,
    failed = 1,
    usage = 2,
    not_run = 3,
    inconclusive = 4,
    interrupted = 130,
};

/// The command line or the scenario is wrong; nothing was sent. Exit code 2. Caught by `main` only.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The run cannot be carried out (target or store unreachable, provisioning failed). Exit code 3.
/// Caught by `main` only.
struct run_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace watertight
