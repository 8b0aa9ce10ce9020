#pragma once

#include <string>
#include <vector>

namespace watertight::house {

/// One breach of a house rule, printed as compilers do: "file:line: what".
struct fault {
    /// Relative to the project's root.
    std::string path;
    /// Counted from 1; 0: the file or folder as a whole.
    int line = 0;
    /// What is wrong, and what to do instead.
    std::string what;
};

using faults = std::vector<fault>;

} // namespace watertight::house
