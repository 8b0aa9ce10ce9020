#pragma once

#include "tests/unit/house/fault.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace watertight::house {

/// The files of the project by their paths, and how to read one.
struct tree {
    std::set<std::string> paths;
    std::function<std::string(std::string const& path)> read;
};

inline constexpr std::size_t readme_lines_max = 60;

/// Nothing lies at the root but what the layout names.
faults check_top_level(tree const& t);
/// Each top folder explains itself in a README.md of at most `readme_lines_max` lines.
faults check_readmes(tree const& t);
/// Each probe has its code, its tests (one that catches, one that passes, one that an empty answer
/// does not get past) and its page.
faults check_probes(tree const& t);

} // namespace watertight::house
