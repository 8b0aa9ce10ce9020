#include "harness/evidence/block_avx512.hpp"

#include "harness/base/assert.hpp"
#include "harness/evidence/character.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <array>

namespace watertight::evidence {

// The compiler is told function by function, so that the rest runs on any machine.

// The upper bit of what a character of the first 128 is found at tells whether it is one of words.
alignas(block_size) static constexpr auto word_table = [] {
    std::array<unsigned char, 2 * block_size> out{};
    for (unsigned i = 0; i < out.size(); ++i) out[i] = word_characters[i] ? 0x80 : 0;
    return out;
}();

[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] inline static __m512i load_64(void const* block
) noexcept
{
    return _mm512_loadu_si512(block);
}

// Looked up by its lower seven bits, a byte from 0x80 on is taken out by its own upper bit.
[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] inline static std::uint64_t
words_of_64(char const* block) noexcept
{
    auto const raw = load_64(block);
    auto const found = _mm512_permutex2var_epi8(
        load_64(word_table.data()), raw, load_64(word_table.data() + block_size)
    );
    return _mm512_movepi8_mask(_mm512_andnot_si512(raw, found));
}

[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] void
words_avx512(char const* bytes, std::size_t count, std::uint64_t* out) noexcept
{
    for (auto const* const end = out + count; out != end; ++out, bytes += block_size) {
        *out = words_of_64(bytes);
    }
}

// Without a branch: whether there is a run in a block is anybody's guess.
[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] std::size_t
runs_avx512(char const* bytes, std::size_t count, run_finder& state, block_runs* out) noexcept
{
    auto runs = state;
    auto carry = runs.carry();
    auto* next = out;
    for (std::size_t i = 0; i < count; ++i, bytes += block_size) {
        auto const reached = runs.take(words_of_64(bytes));
        *next = {i, reached, carry};
        next += (reached | carry) != 0 ? 1 : 0;
        carry = reached >> 63;
    }
    state = runs;
    return static_cast<std::size_t>(next - out);
}

[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] inline static std::uint64_t
equal_64(__m512i lanes, char c) noexcept
{
    return _mm512_cmpeq_epi8_mask(lanes, _mm512_set1_epi8(c));
}

[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] inline static std::uint64_t
between_64(__m512i raw, char first, char last) noexcept
{
    auto const above = _mm512_sub_epi8(raw, _mm512_set1_epi8(first));
    return _mm512_cmple_epu8_mask(above, _mm512_set1_epi8(static_cast<char>(last - first)));
}

[[gnu::target("avx512bw,avx512vbmi,bmi,bmi2")]] block_masks classify_avx512(char const* bytes
) noexcept
{
    auto const raw = load_64(bytes);
    auto const folded = _mm512_or_si512(raw, _mm512_set1_epi8(0x20));
    return {
        .digit = between_64(raw, '0', '9'),
        .joint = equal_64(raw, '-') | equal_64(raw, '_'),
        .upper = between_64(raw, 'A', 'Z'),
        .prefix = equal_64(folded, 'z') & equal_64(folded, 'q') >> 1,
    };
}

bool has_avx512() noexcept
{
    return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vbmi") != 0 &&
           __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
}

} // namespace watertight::evidence

#else

namespace watertight::evidence {

void words_avx512(char const*, std::size_t, std::uint64_t*) noexcept
{
    WT_ASSERT(has_avx512());
}

std::size_t runs_avx512(char const*, std::size_t, run_finder&, block_runs*) noexcept
{
    WT_ASSERT(has_avx512());
    return 0;
}

block_masks classify_avx512(char const*) noexcept
{
    WT_ASSERT(has_avx512());
    return {};
}

bool has_avx512() noexcept
{
    return false;
}

} // namespace watertight::evidence

#endif
