#include "harness/evidence/block_avx2.hpp"

#include "harness/base/assert.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

namespace watertight::evidence {

// The compiler is told function by function, so that the rest runs on any machine.

[[gnu::target("avx2,bmi,bmi2")]] inline static __m256i load(char const* bytes) noexcept
{
    return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(bytes));
}

[[gnu::target("avx2,bmi,bmi2")]] inline static std::uint64_t
bits(__m256i first, __m256i second) noexcept
{
    auto const low = static_cast<std::uint32_t>(_mm256_movemask_epi8(first));
    auto const high = static_cast<std::uint32_t>(_mm256_movemask_epi8(second));
    return std::uint64_t{high} << 32 | low;
}

// By its upper four bits a character belongs to one of five rows of the ASCII table that hold words
// ('-' in 2, digits in 3, letters from 1 to 15 in 4 and 6, from 0 to 10 in 5 and 7, '_' in 5); its
// lower four bits tell in which of these rows its column is a word. Bytes from 0x80 on have none.
[[gnu::target("avx2,bmi,bmi2")]] inline static __m256i words_in(__m256i raw) noexcept
{
    // Those without words have a bit that no column has.
    auto const rows = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(64, 64, 1, 2, 4, 8, 4, 16, 64, 64, 64, 64, 64, 64, 64, 64)
    );
    auto const columns = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12)
    );
    auto const upper = _mm256_and_si256(_mm256_srli_epi16(raw, 4), _mm256_set1_epi8(0x0f));
    auto const row = _mm256_shuffle_epi8(rows, upper);
    return _mm256_cmpeq_epi8(_mm256_and_si256(row, _mm256_shuffle_epi8(columns, raw)), row);
}

[[gnu::target("avx2,bmi,bmi2")]] inline static std::uint64_t words_of(char const* block) noexcept
{
    return bits(words_in(load(block)), words_in(load(block + 32)));
}

[[gnu::target("avx2,bmi,bmi2")]] void
words_avx2(char const* bytes, std::size_t count, std::uint64_t* out) noexcept
{
    for (auto const* const end = out + count; out != end; ++out, bytes += block_size) {
        *out = words_of(bytes);
    }
}

// Without a branch: whether there is a run in a block is anybody's guess.
[[gnu::target("avx2,bmi,bmi2")]] std::size_t
runs_avx2(char const* bytes, std::size_t count, run_finder& state, block_runs* out) noexcept
{
    auto runs = state;
    auto carry = runs.carry();
    auto* next = out;
    for (std::size_t i = 0; i < count; ++i, bytes += block_size) {
        auto const reached = runs.take(words_of(bytes));
        *next = {i, reached, carry};
        next += (reached | carry) != 0 ? 1 : 0;
        carry = reached >> 63;
    }
    state = runs;
    return static_cast<std::size_t>(next - out);
}

[[gnu::target("avx2,bmi,bmi2")]] inline static __m256i equal(__m256i lanes, char c) noexcept
{
    return _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(c));
}

[[gnu::target("avx2,bmi,bmi2")]] inline static __m256i
between(__m256i raw, char first, char last) noexcept
{
    // Bytes from 0x80 on are negative, hence below every bound.
    return _mm256_and_si256(
        _mm256_cmpgt_epi8(raw, _mm256_set1_epi8(static_cast<char>(first - 1))),
        _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(last + 1)), raw)
    );
}

[[gnu::target("avx2,bmi,bmi2")]] inline static __m256i joints(__m256i raw) noexcept
{
    return _mm256_or_si256(equal(raw, '-'), equal(raw, '_'));
}

[[gnu::target("avx2,bmi,bmi2")]] block_masks classify_avx2(char const* bytes) noexcept
{
    auto const first = load(bytes);
    auto const second = load(bytes + 32);
    auto const fold = _mm256_set1_epi8(0x20);
    auto const first_folded = _mm256_or_si256(first, fold);
    auto const second_folded = _mm256_or_si256(second, fold);
    auto const z = bits(equal(first_folded, 'z'), equal(second_folded, 'z'));
    auto const q = bits(equal(first_folded, 'q'), equal(second_folded, 'q'));
    return {
        .digit = bits(between(first, '0', '9'), between(second, '0', '9')),
        .joint = bits(joints(first), joints(second)),
        .upper = bits(between(first, 'A', 'Z'), between(second, 'A', 'Z')),
        .prefix = z & q >> 1,
    };
}

bool has_avx2() noexcept
{
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
           __builtin_cpu_supports("bmi2") != 0;
}

} // namespace watertight::evidence

#else

namespace watertight::evidence {

void words_avx2(char const*, std::size_t, std::uint64_t*) noexcept
{
    WT_ASSERT(has_avx2());
}

std::size_t runs_avx2(char const*, std::size_t, run_finder&, block_runs*) noexcept
{
    WT_ASSERT(has_avx2());
    return 0;
}

block_masks classify_avx2(char const*) noexcept
{
    WT_ASSERT(has_avx2());
    return {};
}

bool has_avx2() noexcept
{
    return false;
}

} // namespace watertight::evidence

#endif
