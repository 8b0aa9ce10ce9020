#pragma once

#include "harness/base/random.hpp"
#include "harness/traffic/plan.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace watertight::traffic {

/// When the requests of an open-loop phase are due, as times from the phase's start. Pure: no clock
/// inside, so the schedule goes on unmoved by how long anything takes.
///
/// Several cores share one schedule: each takes every n-th arrival (constant), or its own Poisson
/// stream of an n-th of the rate; together they are the phase's schedule.
class arrivals {
public:
    struct part {
        std::size_t core = 0;
        std::size_t cores = 1;
    };

    /// @param random  for Poisson arrivals; not used for constant ones.
    arrivals(open_loop how, std::chrono::nanoseconds duration, part which, rng random);

    /// The due time of the next arrival, without taking it. Nothing once the phase is over.
    std::optional<std::chrono::nanoseconds> peek() const noexcept { return due_; }
    /// Takes it.
    std::optional<std::chrono::nanoseconds> next() noexcept;
    /// Takes and counts all that are due before `end`.
    std::uint64_t skip_until(std::chrono::nanoseconds end) noexcept;

private:
    void advance() noexcept;
    std::optional<std::chrono::nanoseconds> time_of(long double position) const noexcept;

    open_loop how_;
    std::chrono::nanoseconds duration_;
    part which_;
    rng random_;
    // How many arrivals of the whole phase lie before this one; fractional for Poisson. The time is
    // computed anew from it each time, so that no rounding error piles up.
    long double position_ = 0;
    std::optional<std::chrono::nanoseconds> due_;
};

} // namespace watertight::traffic
