#pragma once

#include "harness/evidence/character.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace watertight::evidence {

// In a header, so that the scan has it inline: half of all words in most answers are UUIDs.

/// Of a UUID's canonical form.
inline constexpr std::size_t uuid_length = 36;

/// Of a UUID, in lower case and without joints, eight by eight.
using uuid_digits = std::array<std::uint64_t, 4>;

inline std::uint64_t load_8(char const* at) noexcept
{
    std::uint64_t out = 0;
    std::memcpy(&out, at, sizeof out);
    return out;
}

inline std::uint64_t load_4(char const* at) noexcept
{
    std::uint32_t out = 0;
    std::memcpy(&out, at, sizeof out);
    return out;
}

/// Setting bit 5 folds the case of letters and tells all other characters of words still apart.
constexpr std::uint64_t folded(std::uint64_t eight) noexcept
{
    return eight | 0x2020202020202020ULL;
}

/// Which of 16 characters are joints.
inline unsigned joints_of_16(char const* at) noexcept
{
#if defined(__SSE2__)
    auto const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
    auto const dashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    auto const underscores = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(dashes, underscores)));
#else
    unsigned out = 0;
    for (unsigned i = 0; i < 16; ++i) out |= unsigned{is_joint(at[i])} << i;
    return out;
#endif
}

/// Whether the 36 characters at `word` are groups of 8, 4, 4, 4 and 12 with the same joints between
/// them: the form of a UUID, whatever the groups are made of. @pre they are characters of words.
inline bool is_in_groups_of_uuid(char const* word) noexcept
{
    constexpr auto first = 1U << 8 | 1U << 13;
    constexpr auto second = 1U << (18 - 16) | 1U << (23 - 16);
    // The last four among twelve that were seen.
    auto const wrong = (joints_of_16(word) ^ first) | (joints_of_16(word + 16) ^ second) |
                       (joints_of_16(word + 20) ^ second >> 4);
    // There are but two joints.
    return wrong == 0 && word[13] == word[8] && word[18] == word[8] && word[23] == word[8];
}

/// @param at  36 characters with joints.
inline uuid_digits digits_in_groups(char const* at) noexcept
{
    return {
        folded(load_8(at)),
        folded(load_4(at + 9) | load_4(at + 14) << 32),
        folded(load_4(at + 19) | load_4(at + 24) << 32),
        folded(load_8(at + 28))};
}

inline std::uint32_t hash_digits(uuid_digits const& digits) noexcept
{
    __extension__ using wide = unsigned __int128;
    auto const product = [](std::uint64_t a, std::uint64_t b) {
        auto const all = wide{a} * b;
        return static_cast<std::uint64_t>(all) ^ static_cast<std::uint64_t>(all >> 64);
    };
    auto const sum = product(digits[0] ^ 0x9e3779b97f4a7c15ULL, digits[1] ^ 0xd6e8feb86659fd93ULL) ^
                     product(digits[2] ^ 0xa0761d6478bd642fULL, digits[3] ^ 0xe7037ed1a0b428dbULL);
    return static_cast<std::uint32_t>(sum ^ sum >> 32);
}

} // namespace watertight::evidence
