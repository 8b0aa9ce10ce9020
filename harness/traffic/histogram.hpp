#pragma once

#include "harness/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::traffic {

/// An HDR histogram of durations: 1 us to 1 h, three significant digits, in microseconds.
///
/// The layout (lowest 1, highest 3.6e9, 3 digits) is fixed, so that any two merge exactly. One per
/// core and operation; not thread-safe. Its counters take 188 KB from the first record on, which is
/// the only one that allocates unless `compact` was called.
class histogram {
public:
    histogram();

    /// Longer durations count as the highest; shorter than 1 us as 1 us.
    /// @param times  how many equal durations to record at once.
    void record(std::chrono::nanoseconds d, std::uint64_t times = 1) noexcept;
    /// One duration that goes into several histograms, with the arithmetic done once.
    /// @param us     by hdr::in_us; @param index  of that, by hdr::index_of.
    void record_us(std::uint64_t us, std::size_t index) noexcept;
    /// As `record` for durations that come in ascending order, in compact form: for the many small
    /// histograms of a report. @pre nothing was recorded or merged, or `compact` came after it.
    void append(std::chrono::nanoseconds d, std::uint64_t times);
    void merge(histogram const& other) noexcept;

    std::uint64_t count() const noexcept { return total_; }
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

    /// Gives the room of the empty buckets back (188 KB shrink to 16 bytes per bucket in use), for
    /// the many histograms of a report. The next record or merge takes the room again.
    void compact();
    /// The room that the counters take at the moment.
    std::size_t bytes() const noexcept;

private:
    /// Calls f(index, count) for each bucket in use, upwards, until it returns false.
    template <class F>
    void each_used(F f) const;
    void expand() noexcept;
    void note(std::uint64_t us, std::size_t index, std::uint64_t times) noexcept;
    void add(std::size_t index, std::uint64_t times) noexcept;
    std::size_t used_end() const noexcept;
    std::string payload() const;
    static result<histogram> from_payload(std::string_view bytes);

    /// One counter a bucket; empty while `sparse_` is in use.
    std::vector<std::uint64_t> counts_;
    /// (index, count) of the buckets in use, once compacted.
    std::vector<std::pair<std::uint32_t, std::uint64_t>> sparse_;
    std::uint64_t total_ = 0;
    std::uint64_t min_us_;
    std::uint64_t max_us_ = 0;
};

} // namespace watertight::traffic
