#pragma once

#include "harness/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace watertight {

/// "250us", "15ms", "1.5s", "5m", "1h", "2d"; a bare number has no unit and is malformed.
result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "500/s", "30/m", "3600/h"; per second.
result<double> parse_rate_per_s(std::string_view text);

/// "70%" is 0.7; a bare number from 0 to 1 is taken as it is.
result<double> parse_share(std::string_view text);

/// "300", "4KB", "16KiB", "1GB"; bytes.
result<std::uint64_t> parse_bytes(std::string_view text);

} // namespace watertight
