#include "harness/traffic/histogram.hpp"

#include "harness/base/assert.hpp"
#include "harness/traffic/histogram_layout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace watertight::traffic {

static constexpr std::uint64_t nothing_yet = std::numeric_limits<std::uint64_t>::max();

histogram::histogram() : min_us_{nothing_yet}
{
}

template <class F>
void histogram::each_used(F f) const
{
    for (auto const& [index, times] : sparse_) {
        if (!f(std::size_t{index}, times)) return;
    }
    if (counts_.empty() || total_ == 0) return;
    auto const end = hdr::index_of(max_us_) + 1;
    for (std::size_t i = hdr::index_of(min_us_); i < end; ++i) {
        if (counts_[i] != 0 && !f(i, counts_[i])) return;
    }
}

void histogram::expand() noexcept
{
    if (!counts_.empty()) return;
    counts_.assign(hdr::counters, 0);
    for (auto const& [index, times] : sparse_) counts_[index] = times;
    sparse_.clear();
    sparse_.shrink_to_fit();
}

void histogram::compact()
{
    if (counts_.empty()) return;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> used;
    each_used([&used](std::size_t index, std::uint64_t times) {
        used.emplace_back(static_cast<std::uint32_t>(index), times);
        return true;
    });
    used.shrink_to_fit();
    sparse_ = std::move(used);
    // Assigning {} would keep the room.
    counts_ = std::vector<std::uint64_t>{};
}

std::size_t histogram::bytes() const noexcept
{
    return counts_.capacity() * sizeof(counts_[0]) + sparse_.capacity() * sizeof(sparse_[0]);
}

void histogram::append(std::chrono::nanoseconds d, std::uint64_t times)
{
    WT_ASSERT(counts_.empty());
    if (times == 0) return;
    auto const us = hdr::in_us(d);
    auto const index = static_cast<std::uint32_t>(hdr::index_of(us));
    WT_ASSERT(sparse_.empty() || sparse_.back().first <= index);
    if (sparse_.empty() || sparse_.back().first < index) sparse_.emplace_back(index, 0);
    sparse_.back().second += times;
    total_ += times;
    min_us_ = std::min(min_us_, us);
    max_us_ = std::max(max_us_, us);
}

void histogram::record(std::chrono::nanoseconds d, std::uint64_t times) noexcept
{
    if (times == 0) return;
    if (counts_.empty()) expand();
    auto const us = hdr::in_us(d);
    note(us, hdr::index_of(us), times);
}

void histogram::record_us(std::uint64_t us, std::size_t index) noexcept
{
    if (counts_.empty()) expand();
    note(us, index, 1);
}

void histogram::note(std::uint64_t us, std::size_t index, std::uint64_t times) noexcept
{
    counts_[index] += times;
    total_ += times;
    min_us_ = std::min(min_us_, us);
    max_us_ = std::max(max_us_, us);
}

void histogram::merge(histogram const& other) noexcept
{
    if (other.total_ == 0) return;
    expand();
    other.each_used([this](std::size_t index, std::uint64_t times) {
        counts_[index] += times;
        return true;
    });
    total_ += other.total_;
    min_us_ = std::min(min_us_, other.min_us_);
    max_us_ = std::max(max_us_, other.max_us_);
}

void histogram::add(std::size_t index, std::uint64_t times) noexcept
{
    if (counts_.empty()) expand();
    counts_[index] += times;
    total_ += times;
    min_us_ = std::min(min_us_, hdr::lowest_at(index));
    max_us_ = std::max(max_us_, hdr::highest_at(index));
}

std::chrono::microseconds histogram::at(double percentile) const noexcept
{
    // One unit in the last place less, so that rounding cannot push an exact share over the edge.
    auto const asked = std::clamp(
        std::nextafter(percentile, -std::numeric_limits<double>::infinity()), 0.0, 100.0
    );
    auto const rank = std::max(std::ceil(asked * static_cast<double>(total_) / 100.0), 1.0);
    auto const wanted = static_cast<std::uint64_t>(rank);

    std::uint64_t so_far = 0;
    std::uint64_t value = 0;
    each_used([&](std::size_t index, std::uint64_t times) {
        so_far += times;
        if (so_far < wanted) return true;
        value = percentile <= 0 ? hdr::lowest_at(index) : hdr::highest_at(index);
        return false;
    });
    return std::chrono::microseconds{value};
}

std::chrono::microseconds histogram::min() const noexcept
{
    auto const us = total_ == 0 ? 0 : hdr::lowest_at(hdr::index_of(min_us_));
    return std::chrono::microseconds{us};
}

std::chrono::microseconds histogram::max() const noexcept
{
    auto const us = total_ == 0 ? 0 : hdr::highest_at(hdr::index_of(max_us_));
    return std::chrono::microseconds{us};
}

double histogram::mean_us() const noexcept
{
    if (total_ == 0) return 0;
    double sum = 0;
    each_used([&sum](std::size_t index, std::uint64_t times) {
        sum += static_cast<double>(hdr::middle_at(index)) * static_cast<double>(times);
        return true;
    });
    return sum / static_cast<double>(total_);
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> histogram::cumulative() const
{
    std::vector<std::pair<std::uint64_t, std::uint64_t>> curve;
    std::uint64_t so_far = 0;
    each_used([&](std::size_t index, std::uint64_t times) {
        so_far += times;
        curve.emplace_back(hdr::highest_at(index), so_far);
        return true;
    });
    return curve;
}

std::size_t histogram::used_end() const noexcept
{
    return total_ == 0 ? 1 : hdr::index_of(max_us_) + 1;
}

std::string histogram::payload() const
{
    std::string out;
    auto put = [&out](std::int64_t value) {
        // ZigZag, then seven bits a byte, the lowest first; a ninth byte carries eight.
        auto rest =
            (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
        for (int n = 0; n < 8 && rest >= 0x80; ++n, rest >>= 7U) {
            out.push_back(static_cast<char>((rest & 0x7fU) | 0x80U));
        }
        out.push_back(static_cast<char>(rest));
    };
    // A run of empty buckets is its negated length; a single one is simply 0.
    auto put_gap = [&put](std::size_t length) {
        if (length == 0) return;
        put(length == 1 ? 0 : -static_cast<std::int64_t>(length));
    };
    std::size_t next = 0;
    each_used([&](std::size_t index, std::uint64_t times) {
        put_gap(index - next);
        put(static_cast<std::int64_t>(times));
        next = index + 1;
        return true;
    });
    put_gap(used_end() - next);
    return out;
}

static bool get_number(std::string_view bytes, std::size_t& at, std::int64_t& value) noexcept
{
    std::uint64_t raw = 0;
    for (unsigned n = 0; n < 9; ++n) {
        if (at == bytes.size()) return false;
        auto const byte = static_cast<unsigned char>(bytes[at++]);
        bool const last = n == 8 || (byte & 0x80U) == 0;
        raw |= static_cast<std::uint64_t>(n == 8 ? byte : byte & 0x7fU) << (7 * n);
        if (last) break;
    }
    value = static_cast<std::int64_t>((raw >> 1U) ^ (~(raw & 1U) + 1));
    return true;
}

result<histogram> histogram::from_payload(std::string_view bytes)
{
    histogram h;
    std::size_t index = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        std::int64_t value = 0;
        if (!get_number(bytes, at, value)) {
            return failure{errc::malformed, "the histogram ends within a number", {}};
        }
        bool const gap = value <= 0;
        auto const step = gap && value != 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                                            : std::uint64_t{1};
        if (step > hdr::counters - index) {
            return failure{errc::malformed, "the histogram has more buckets than its layout", {}};
        }
        if (!gap) h.add(index, static_cast<std::uint64_t>(value));
        index += step;
    }
    return h;
}

} // namespace watertight::traffic
