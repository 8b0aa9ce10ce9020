#pragma once

#include <string>
#include <string_view>

namespace watertight {

/// A name or a value of `application/x-www-form-urlencoded`: + is a blank, %XX a byte; what is no
/// escape stays as it is.
std::string form_decode(std::string_view s);

} // namespace watertight
