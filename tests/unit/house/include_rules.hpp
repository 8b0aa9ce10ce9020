#pragma once

#include "tests/unit/house/fault.hpp"

#include <string_view>

namespace watertight::house {

/// The dependency arrows: what a file may include, judged by where it stands.
faults check_includes(std::string_view path, std::string_view text);

} // namespace watertight::house
