#include "harness/evidence/block.hpp"

#include "harness/evidence/character.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace watertight::evidence {

block_masks classify_portable(char const* bytes) noexcept
{
    block_masks out;
    for (std::size_t i = 0; i < block_size; ++i) {
        auto const bit = std::uint64_t{1} << i;
        if (is_word(bytes[i])) out.word |= bit;
        if (is_digit(bytes[i])) out.digit |= bit;
        auto const next = i + 1 < block_size ? bytes[i + 1] : '\0';
        if (lower(bytes[i]) == 'z' && lower(next) == 'q') out.prefix |= bit;
    }
    return out;
}

#if defined(__SSE2__)

static std::uint64_t bits(__m128i lanes) noexcept
{
    return static_cast<std::uint16_t>(_mm_movemask_epi8(lanes));
}

// Bytes from 0x80 on are negative, hence below every bound that is tested here.
static __m128i between(__m128i lanes, char first, char last) noexcept
{
    return _mm_and_si128(
        _mm_cmpgt_epi8(lanes, _mm_set1_epi8(static_cast<char>(first - 1))),
        _mm_cmplt_epi8(lanes, _mm_set1_epi8(static_cast<char>(last + 1)))
    );
}

static __m128i equal(__m128i lanes, char c) noexcept
{
    return _mm_cmpeq_epi8(lanes, _mm_set1_epi8(c));
}

block_masks classify(char const* bytes) noexcept
{
    block_masks out;
    std::uint64_t z = 0;
    std::uint64_t q = 0;
    for (unsigned at = 0; at < block_size; at += 16) {
        auto const raw = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes + at));
        auto const folded = _mm_or_si128(raw, _mm_set1_epi8(0x20));
        auto const digit = between(raw, '0', '9');
        auto const joint = _mm_or_si128(equal(raw, '-'), equal(raw, '_'));
        auto const word = _mm_or_si128(_mm_or_si128(between(folded, 'a', 'z'), digit), joint);
        out.word |= bits(word) << at;
        out.digit |= bits(digit) << at;
        z |= bits(equal(folded, 'z')) << at;
        q |= bits(equal(folded, 'q')) << at;
    }
    out.prefix = z & q >> 1;
    return out;
}

#else

block_masks classify(char const* bytes) noexcept
{
    return classify_portable(bytes);
}

#endif

} // namespace watertight::evidence
