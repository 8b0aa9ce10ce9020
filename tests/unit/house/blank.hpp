#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::house {

/// C++ text with comments and the insides of literals replaced by blanks, line for line, so that
/// rules about code do not stumble over prose.
std::string blank(std::string_view source);

/// Without their line ends.
std::vector<std::string_view> lines_of(std::string_view text);

} // namespace watertight::house
