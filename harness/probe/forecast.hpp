#pragma once

#include "harness/target/model.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace watertight::probe {

/// How far a run of probes is, in requests.
struct pace_so_far {
    std::uint64_t sent = 0;
    std::uint64_t expected = 0;
    std::chrono::nanoseconds elapsed{};
};

/// About how many requests so many probes of a target send; within a factor of three.
std::uint64_t expected_requests(target::model const& m, std::size_t pairs, std::size_t probes);

/// How long it will take at this rate, and what shortens it; empty where that is soon.
std::string forecast(pace_so_far const& p);

} // namespace watertight::probe
