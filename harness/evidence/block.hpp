#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace watertight::evidence {

/// How many bytes are classified at once: one bit of a word each.
inline constexpr std::size_t block_size = 64;

/// Bit i tells of byte i of a block.
struct block_masks {
    std::uint64_t digit = 0;
    /// '-' and '_'.
    std::uint64_t joint = 0;
    /// A to Z.
    std::uint64_t upper = 0;
    /// The first two characters of a text canary, without case, stand at i and i + 1; never set for
    /// the last byte of the block.
    std::uint64_t prefix = 0;

    bool operator==(block_masks const&) const = default;
};

/// Finds runs of at least 14 set bits in a stream of 64 at a time: one more than the day and the
/// hour of an ISO timestamp, of which most answers are full.
class run_finder {
public:
    static constexpr std::size_t length_min = 14;

    /// Bit i: the last 14 bits up to and with bit i are set, in this word or before it.
    std::uint64_t take(std::uint64_t m) noexcept
    {
        auto const two = m & (m << 1 | one_ >> 63);
        auto const four = two & (two << 2 | two_ >> 62);
        auto const eight = four & (four << 4 | four_ >> 60);
        reached_ = eight & (eight << 6 | eight_ >> 58);
        one_ = m;
        two_ = two;
        four_ = four;
        eight_ = eight;
        return reached_;
    }

    /// 1 if the last word ended within a run.
    std::uint64_t carry() const noexcept { return reached_ >> 63; }

private:
    std::uint64_t one_ = 0;
    std::uint64_t two_ = 0;
    std::uint64_t four_ = 0;
    std::uint64_t eight_ = 0;
    std::uint64_t reached_ = 0;
};

/// Of a block in which a run of at least that length begins, goes on or ends.
struct block_runs {
    /// The block's number in the call.
    std::uint64_t block;
    /// As run_finder::take says.
    std::uint64_t reached;
    /// 1 if the block before ended within a run.
    std::uint64_t carry;

    bool operator==(block_runs const&) const = default;
};

/// One way of looking at many bytes at once; all ways see the same.
struct classifier {
    std::string_view name;
    /// Letters, digits, '-' and '_' in each of `count` blocks that begin at `bytes`.
    void (*words)(char const* bytes, std::size_t count, std::uint64_t* out) noexcept;
    /// Where runs of these begin, go on or end in the blocks, told by `state`, which goes on from
    /// the blocks before.
    /// @param out  room for `count`. @return how many were written, in order.
    std::size_t (*runs
    )(char const* bytes, std::size_t count, run_finder& state, block_runs* out) noexcept;
    /// What else there is to know of one block, where long words are.
    block_masks (*classify)(char const* bytes) noexcept;
};

/// Those that this machine can run, the slowest first.
std::span<classifier const> classifiers() noexcept;

/// The last of them.
classifier const& fastest_classifier() noexcept;

/// Where runs of at least 16 set bits begin or go on.
constexpr std::uint64_t runs_of_16(std::uint64_t m) noexcept
{
    m &= m >> 1;
    m &= m >> 2;
    m &= m >> 4;
    return m & m >> 8;
}

} // namespace watertight::evidence
