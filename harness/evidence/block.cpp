#include "harness/evidence/block.hpp"

#include "harness/evidence/block_avx2.hpp"
#include "harness/evidence/block_avx512.hpp"
#include "harness/evidence/character.hpp"

#include <array>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace watertight::evidence {

static void words_portable(char const* bytes, std::size_t count, std::uint64_t* out) noexcept
{
    for (; count > 0; --count, bytes += block_size) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < block_size; ++i) {
            word |= std::uint64_t{is_word(bytes[i])} << i;
        }
        *out++ = word;
    }
}

template <auto Words>
static std::size_t
find_runs(char const* bytes, std::size_t count, run_finder& state, block_runs* out) noexcept
{
    auto* next = out;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t word = 0;
        Words(bytes + i * block_size, 1, &word);
        auto const carry = state.carry();
        auto const reached = state.take(word);
        if ((reached | carry) != 0) *next++ = {i, reached, carry};
    }
    return static_cast<std::size_t>(next - out);
}

static block_masks classify_portable(char const* bytes) noexcept
{
    block_masks out;
    for (std::size_t i = 0; i < block_size; ++i) {
        auto const bit = std::uint64_t{1} << i;
        if (is_digit(bytes[i])) out.digit |= bit;
        if (is_joint(bytes[i])) out.joint |= bit;
        if (is_upper(bytes[i])) out.upper |= bit;
        auto const next = i + 1 < block_size ? bytes[i + 1] : '\0';
        if (lower(bytes[i]) == 'z' && lower(next) == 'q') out.prefix |= bit;
    }
    return out;
}

#if defined(__SSE2__)

static __m128i load_16(char const* bytes) noexcept
{
    return _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
}

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

static __m128i joints(__m128i raw) noexcept
{
    return _mm_or_si128(equal(raw, '-'), equal(raw, '_'));
}

static void words_sse2(char const* bytes, std::size_t count, std::uint64_t* out) noexcept
{
    for (; count > 0; --count, bytes += block_size) {
        std::uint64_t word = 0;
        for (unsigned at = 0; at < block_size; at += 16) {
            auto const raw = load_16(bytes + at);
            auto const letter = between(_mm_or_si128(raw, _mm_set1_epi8(0x20)), 'a', 'z');
            auto const other = _mm_or_si128(between(raw, '0', '9'), joints(raw));
            word |= bits(_mm_or_si128(letter, other)) << at;
        }
        *out++ = word;
    }
}

static block_masks classify_sse2(char const* bytes) noexcept
{
    block_masks out;
    std::uint64_t z = 0;
    std::uint64_t q = 0;
    for (unsigned at = 0; at < block_size; at += 16) {
        auto const raw = load_16(bytes + at);
        auto const folded = _mm_or_si128(raw, _mm_set1_epi8(0x20));
        out.digit |= bits(between(raw, '0', '9')) << at;
        out.joint |= bits(joints(raw)) << at;
        out.upper |= bits(between(raw, 'A', 'Z')) << at;
        z |= bits(equal(folded, 'z')) << at;
        q |= bits(equal(folded, 'q')) << at;
    }
    out.prefix = z & q >> 1;
    return out;
}

#endif

static constexpr std::array known_classifiers
{
    classifier{"portable", words_portable, find_runs<words_portable>, classify_portable},
#if defined(__SSE2__)
        classifier{"SSE2", words_sse2, find_runs<words_sse2>, classify_sse2},
#endif
        classifier{"AVX2", words_avx2, runs_avx2, classify_avx2},
        classifier{"AVX-512", words_avx512, runs_avx512, classify_avx512},
};

// Whoever can do one can do those before it.
static std::size_t count_of_runnable() noexcept
{
    auto const avx2 = has_avx2();
    auto const avx512 = avx2 && has_avx512();
    return known_classifiers.size() - (avx2 ? 0U : 1U) - (avx512 ? 0U : 1U);
}

std::span<classifier const> classifiers() noexcept
{
    static auto const count = count_of_runnable();
    return std::span{known_classifiers}.first(count);
}

classifier const& fastest_classifier() noexcept
{
    static auto const& fastest = classifiers().back();
    return fastest;
}

} // namespace watertight::evidence
