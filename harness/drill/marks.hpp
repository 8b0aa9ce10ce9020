#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

/// Everything in a text that has the form of a canary, in lower case, or of a canary's number.
std::vector<std::string> marks_in(std::string_view text);

} // namespace watertight::drill
