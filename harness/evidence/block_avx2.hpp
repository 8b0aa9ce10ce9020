#pragma once

#include "harness/evidence/block.hpp"

namespace watertight::evidence {

/// 32 bytes at a time. @pre `has_avx2()`.
void words_avx2(char const* bytes, std::size_t count, std::uint64_t* out) noexcept;
std::size_t
runs_avx2(char const* bytes, std::size_t count, run_finder& state, block_runs* out) noexcept;
block_masks classify_avx2(char const* bytes) noexcept;

/// Whether the machine that this runs on can; BMI and BMI2 are asked for as well.
bool has_avx2() noexcept;

} // namespace watertight::evidence
