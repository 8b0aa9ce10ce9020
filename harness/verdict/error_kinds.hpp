#pragma once

#include <array>
#include <string_view>

namespace watertight::verdict {

/// The kinds of failure that traffic counts and metrics name: errors.connect and so on.
inline constexpr std::array<std::string_view, 8> error_kinds{
    "connect",
    "timeout",
    "reset",
    "malformed",
    "redirect",
    "status_4xx",
    "status_5xx",
    "throttled",
};

} // namespace watertight::verdict
