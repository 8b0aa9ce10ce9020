#pragma once

#include <cstdint>

namespace watertight::evidence {

/// How many bytes are classified at once: one bit of a word each.
inline constexpr std::size_t block_size = 64;

/// Bit i tells of byte i of a block.
struct block_masks {
    /// Letters, digits, '-' and '_'.
    std::uint64_t word = 0;
    std::uint64_t digit = 0;
    /// The first two characters of a text canary, without case, stand at i and i + 1; never set for
    /// the last byte of the block.
    std::uint64_t prefix = 0;

    bool operator==(block_masks const&) const = default;
};

/// @param bytes  `block_size` of them.
block_masks classify(char const* bytes) noexcept;

/// The same, one byte at a time; what `classify` does on machines without SSE2.
block_masks classify_portable(char const* bytes) noexcept;

/// Where runs of at least 16 set bits begin or go on.
constexpr std::uint64_t runs_of_16(std::uint64_t m) noexcept
{
    m &= m >> 1;
    m &= m >> 2;
    m &= m >> 4;
    return m & m >> 8;
}

/// Where runs of at least 12 set bits begin or go on.
constexpr std::uint64_t runs_of_12(std::uint64_t m) noexcept
{
    m &= m >> 1;
    m &= m >> 2;
    auto const eight = m & m >> 4;
    return eight & m >> 8;
}

} // namespace watertight::evidence
