#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace watertight {

using namespace std::chrono_literals;

/// Durations are measured on this clock, never on the wall clock.
using steady = std::chrono::steady_clock;

/// Instants that a person reads.
using wall = std::chrono::system_clock;

/// RFC 3339 in UTC with milliseconds: 2026-01-31T09:30:00.123Z.
std::string rfc3339(wall::time_point t);
/// The instant that `rfc3339` wrote. Nothing for any other text.
std::optional<wall::time_point> parse_rfc3339(std::string_view text);

/// A duration for a person: "850 us", "12.3 ms", "4.56 s", "2 min 5 s", "1 h 3 min".
std::string human(std::chrono::nanoseconds d);

/// Seconds as a double, for results and arithmetic.
constexpr double seconds(std::chrono::nanoseconds d) noexcept
{
    return std::chrono::duration<double>(d).count();
}

} // namespace watertight
