#pragma once

#include <string>

namespace watertight::target {

/// Where in the scenario something was written, for messages and SARIF.
struct source_place {
    std::string file;
    /// Counted from 1; 0 if unknown.
    int line = 0;
    int column = 0;
};

} // namespace watertight::target
