#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

// The arithmetic of HdrHistogram for lowest 1, highest 3.6e9, 3 significant digits, unit 1 us.
namespace watertight::traffic::hdr {

inline constexpr std::uint64_t lowest = 1;
inline constexpr std::uint64_t highest = 3'600'000'000;
inline constexpr std::uint32_t digits = 3;

// Twice 10^3, rounded up to a power of two: the least number of linear steps for three digits.
inline constexpr unsigned sub_bucket_bits = 11;
inline constexpr std::uint64_t sub_buckets = 1ULL << sub_bucket_bits;
inline constexpr std::uint64_t sub_bucket_half = sub_buckets / 2;

/// Rounded; what is out of range counts as the nearest that is in it.
constexpr std::uint64_t in_us(std::chrono::nanoseconds d) noexcept
{
    auto const rounded = (std::max<std::int64_t>(d.count(), 0) + 500) / 1000;
    return std::clamp(static_cast<std::uint64_t>(rounded), lowest, highest);
}

constexpr std::size_t bucket_count() noexcept
{
    std::size_t n = 1;
    for (std::uint64_t beyond = sub_buckets; beyond <= highest; beyond <<= 1U) ++n;
    return n;
}

inline constexpr std::size_t counters = (bucket_count() + 1) * sub_bucket_half;

/// How many doublings lie between a value and the first, wholly linear bucket.
constexpr unsigned bucket_of(std::uint64_t value) noexcept
{
    return static_cast<unsigned>(std::bit_width(value | (sub_buckets - 1))) - sub_bucket_bits;
}

constexpr std::size_t index_of(std::uint64_t value) noexcept
{
    unsigned const bucket = bucket_of(value);
    return (std::size_t{bucket} + 1) * sub_bucket_half + (value >> bucket) - sub_bucket_half;
}

constexpr std::uint64_t lowest_at(std::size_t index) noexcept
{
    if (index < sub_buckets) return index;
    auto const bucket = index / sub_bucket_half - 1;
    return (index % sub_bucket_half + sub_bucket_half) << bucket;
}

constexpr std::uint64_t width_at(std::size_t index) noexcept
{
    return index < sub_buckets ? 1 : 1ULL << (index / sub_bucket_half - 1);
}

constexpr std::uint64_t highest_at(std::size_t index) noexcept
{
    return lowest_at(index) + width_at(index) - 1;
}

constexpr std::uint64_t middle_at(std::size_t index) noexcept
{
    return lowest_at(index) + width_at(index) / 2;
}

} // namespace watertight::traffic::hdr
