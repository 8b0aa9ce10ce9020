#pragma once

#include "harness/verdict/result.hpp"

#include <string_view>

namespace watertight::verdict {

/// The inverses of to_string; false for another word.
bool parse(std::string_view text, overall& out);
bool parse(std::string_view text, probe_status& out);
bool parse(std::string_view text, criterion_status& out);
bool parse(std::string_view text, change_kind& out);

} // namespace watertight::verdict
