#include "harness/traffic/arrivals.hpp"

#include <algorithm>
#include <cmath>

namespace watertight::traffic {

arrivals::arrivals(open_loop how, std::chrono::nanoseconds duration, part which, rng random)
    : how_{how},
      duration_{duration},
      which_{which},
      random_{random},
      position_{static_cast<long double>(which.core)}
{
    if (how_.arrivals == arrival_kind::poisson) {
        position_ = 0;
        advance();
    } else {
        due_ = time_of(position_);
    }
}

std::optional<std::chrono::nanoseconds> arrivals::next() noexcept
{
    auto const due = due_;
    if (due) advance();
    return due;
}

std::uint64_t arrivals::skip_until(std::chrono::nanoseconds end) noexcept
{
    std::uint64_t skipped = 0;
    for (; due_ && *due_ < end; advance()) ++skipped;
    return skipped;
}

void arrivals::advance() noexcept
{
    auto const cores = static_cast<long double>(which_.cores);
    bool const poisson = how_.arrivals == arrival_kind::poisson;
    position_ += poisson ? cores * static_cast<long double>(random_.exponential()) : cores;
    due_ = time_of(position_);
}

// With a rate that grows from a to b over T, a*t + (b-a)*t^2/(2T) arrivals lie before t; this is
// that, solved for t, in the form that stays exact when a and b are nearly or wholly equal.
std::optional<std::chrono::nanoseconds> arrivals::time_of(long double position) const noexcept
{
    auto const span_s = static_cast<long double>(duration_.count()) / 1e9L;
    auto const from = static_cast<long double>(std::max(how_.rate_per_s, 0.0));
    auto const to = static_cast<long double>(std::max(how_.rate_per_s_end, 0.0));
    auto const total = (from + to) / 2 * span_s;
    if (!(position < total)) return std::nullopt;
    if (position <= 0) return std::chrono::nanoseconds{0};

    auto const under_root = from * from + 2 * (to - from) / span_s * position;
    auto const due_s = 2 * position / (from + std::sqrt(std::max(under_root, 0.0L)));
    auto const due = std::chrono::nanoseconds{std::llround(due_s * 1e9L)};
    if (due >= duration_) return std::nullopt;
    return due;
}

} // namespace watertight::traffic
