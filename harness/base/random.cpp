#include "harness/base/random.hpp"

#include <bit>
#include <cmath>

namespace watertight {

// SplitMix64, as its authors recommend for seeding xoshiro.
static std::uint64_t splitmix(std::uint64_t& x) noexcept
{
    x += 0x9e3779b97f4a7c15ULL;
    auto z = x;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept
{
    std::uint64_t x = a ^ std::rotl(b, 32) ^ 0x5851f42d4c957f2dULL;
    splitmix(x);
    x ^= b;
    return splitmix(x);
}

rng::rng(std::uint64_t seed, std::uint64_t stream) noexcept
{
    std::uint64_t x = mix(seed, stream);
    for (auto& word : state_) word = splitmix(x);
}

std::uint64_t rng::below(std::uint64_t bound) noexcept
{
    // Values under `unfair` would favour small results.
    auto const unfair = (0 - bound) % bound;
    for (;;) {
        if (auto const x = (*this)(); x >= unfair) return x % bound;
    }
}

double rng::exponential() noexcept
{
    return -std::log1p(-unit());
}

} // namespace watertight
