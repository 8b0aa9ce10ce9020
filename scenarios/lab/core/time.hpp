#pragma once

#include "harness/net/asio.hpp"

#include <chrono>
#include <cstdint>

namespace watertight::lab {

/// Seconds and days since the epoch, by the wall clock.
std::int64_t now_s();
std::int64_t today();

/// Waits. Ends early, by an exception, when it is cancelled.
asio::awaitable<void> pause(std::chrono::milliseconds d);

} // namespace watertight::lab
