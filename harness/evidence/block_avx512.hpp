#pragma once

#include "harness/evidence/block.hpp"

namespace watertight::evidence {

/// 64 bytes at a time. @pre `has_avx512()`.
void words_avx512(char const* bytes, std::size_t count, std::uint64_t* out) noexcept;
std::size_t
runs_avx512(char const* bytes, std::size_t count, run_finder& state, block_runs* out) noexcept;
block_masks classify_avx512(char const* bytes) noexcept;

/// Whether the machine that this runs on can, without a lower clock for it: those with VBMI.
bool has_avx512() noexcept;

} // namespace watertight::evidence
