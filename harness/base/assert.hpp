#pragma once

#include <string_view>

namespace watertight {

/// Prints what was assumed and where, then aborts. Bugs are not handled, they are shown.
[[noreturn]] void assertion_failed(char const* assumed, char const* file, int line) noexcept;

} // namespace watertight

/// Kept in release builds: a harness that goes on after a broken assumption proves nothing.
#define WT_ASSERT(condition)                                                                       \
    (static_cast<bool>(condition)                                                                  \
         ? static_cast<void>(0)                                                                    \
         : ::watertight::assertion_failed(#condition, __FILE__, __LINE__))
