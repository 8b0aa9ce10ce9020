#pragma once

#include <string>
#include <string_view>

namespace watertight {

/// "users" is "user", "companies" is "company", "addresses" is "address", "status" itself.
std::string singular(std::string_view plural);

} // namespace watertight
