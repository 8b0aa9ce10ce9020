#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace watertight {

/// Seeded, portable randomness (xoshiro256**): the same seed gives the same run on any machine,
/// which the standard library's distributions do not promise. Not for secrets.
class rng {
public:
    using result_type = std::uint64_t;

    /// @param seed    the run's seed.
    /// @param stream  a number of the consumer's own, so that streams do not depend on each other.
    explicit rng(std::uint64_t seed, std::uint64_t stream = 0) noexcept;

    result_type operator()() noexcept
    {
        auto const out = std::rotl(state_[1] * 5, 7) * 9;
        auto const t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return out;
    }
    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

    /// Uniform in [0, bound), without modulo bias. @pre bound > 0.
    std::uint64_t below(std::uint64_t bound) noexcept;

    /// Uniform in [0, 1).
    double unit() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

    /// Exponentially distributed with mean 1.
    double exponential() noexcept;

private:
    std::array<std::uint64_t, 4> state_;
};

/// One well-mixed number from two, for deriving seeds and streams.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept;

} // namespace watertight
