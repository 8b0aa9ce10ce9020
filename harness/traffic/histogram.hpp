#pragma once

#include "harness/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::traffic {

/// An HDR histogram of durations: 1 us to 1 h, three significant digits, in microseconds.
///
/// The layout (lowest 1, highest 3.6e9, 3 digits) is fixed, so that any two merge exactly. One per
/// core and operation; not thread-safe. Recording never allocates.
class histogram {
public:
    histogram();

    /// Longer durations count as the highest; shorter than 1 us as 1 us.
    void record(std::chrono::nanoseconds d) noexcept;
    void merge(histogram const& other) noexcept;

    std::uint64_t count() const noexcept;
    /// @param percentile  0 to 100. Zero if nothing was recorded.
    std::chrono::microseconds at(double percentile) const noexcept;
    std::chrono::microseconds min() const noexcept;
    std::chrono::microseconds max() const noexcept;
    double mean_us() const noexcept;

    /// HdrHistogram V2, zlib-compressed, base64: what the other implementations read.
    std::string encode() const;
    static result<histogram> decode(std::string_view text);

    /// (value in us, cumulative count) at each recorded bucket, for percentile curves.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> cumulative() const;

private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::uint64_t min_us_;
    std::uint64_t max_us_ = 0;
};

}  // namespace watertight::traffic
