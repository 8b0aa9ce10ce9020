#pragma once

#include "harness/traffic/histogram.hpp"
#include "harness/traffic/histogram_layout.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <numeric>

namespace watertight::traffic {

namespace coarse {

inline constexpr std::uint64_t highest = hdr::highest;
inline constexpr unsigned step_bits = 5;
inline constexpr std::size_t steps = 1U << step_bits;

constexpr std::size_t index_of(std::uint64_t us) noexcept
{
    if (us < 2 * steps) return static_cast<std::size_t>(us);
    auto const octave = static_cast<unsigned>(std::bit_width(us)) - step_bits - 1;
    return octave * steps + static_cast<std::size_t>(us >> octave);
}

constexpr std::uint64_t middle_at(std::size_t index) noexcept
{
    if (index < 2 * steps) return index;
    auto const octave = index / steps - 1;
    auto const low = static_cast<std::uint64_t>(index - octave * steps) << octave;
    return low + (1ULL << octave) / 2;
}

} // namespace coarse

/// A small histogram (3.5 KB) for what there are thousands of: tenants, seconds. Steps of a 32nd of
/// an octave, so a value is off by at most 1.6 %. 1 us to 1 h.
class coarse_histogram {
public:
    void record(std::chrono::nanoseconds d) noexcept { record_us(hdr::in_us(d)); }

    /// @param us  as hdr::in_us has it.
    void record_us(std::uint64_t us) noexcept
    {
        // And nothing else: with thousands of tenants each line that is touched has to be fetched.
        ++counts_[coarse::index_of(us)];
    }

    /// Where a value is counted.
    std::uint32_t const* place_of(std::uint64_t us) const noexcept
    {
        return &counts_[coarse::index_of(us)];
    }

    std::uint64_t count() const noexcept
    {
        return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    }

    void merge(coarse_histogram const& other) noexcept
    {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    }

    /// Calls `f` with the middle of each step in use, in us, and how much was recorded there.
    template <class F>
    void for_each(F&& f) const
    {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            if (counts_[i] != 0) f(coarse::middle_at(i), std::uint64_t{counts_[i]});
        }
    }

    /// What was recorded, each at the middle of its step.
    histogram to_fine() const
    {
        histogram fine;
        for_each([&fine](std::uint64_t us, std::uint64_t times) {
            fine.append(std::chrono::microseconds{us}, times);
        });
        return fine;
    }

    /// The middle of the step in which the percentile lies. Zero if nothing was recorded.
    std::uint64_t at_us(double percentile) const noexcept
    {
        auto const wanted = percentile / 100.0 * static_cast<double>(count());
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            so_far += counts_[i];
            if (so_far > 0 && static_cast<double>(so_far) >= wanted) return coarse::middle_at(i);
        }
        return 0;
    }

private:
    std::array<std::uint32_t, coarse::index_of(coarse::highest) + 1> counts_{};
};

} // namespace watertight::traffic
