#include "harness/probe/context.hpp"

#include <algorithm>
#include <set>

namespace watertight::probe {

// All ordered pairs of 64 tenants: beyond that a covering choice keeps the run linear.
static constexpr std::size_t pairs_default_max = 64 * 63;

std::vector<tenant_pair>
choose_pairs(std::size_t tenants, std::size_t pairs_max, std::uint64_t seed)
{
    std::vector<tenant_pair> out;
    if (tenants < 2) return out;
    auto const limit = pairs_max == 0 ? pairs_default_max : pairs_max;
    auto const index = [](std::size_t i) { return tenant_index{static_cast<std::uint32_t>(i)}; };
    if (tenants * (tenants - 1) <= limit) {
        for (std::size_t distance = 1; distance < tenants; ++distance) {
            for (std::size_t i = 0; i < tenants; ++i) {
                out.push_back({index(i), index((i + distance) % tenants)});
            }
        }
        return out;
    }
    // Rings at different distances: in each ring every tenant is victim once and intruder once.
    rng random{seed, 0x7061697273};
    std::set<std::size_t> distances;
    auto const rings = std::min(std::max<std::size_t>(2, limit / tenants), tenants - 1);
    while (distances.size() < rings) {
        distances.insert(1 + static_cast<std::size_t>(random.below(tenants - 1)));
    }
    for (auto const distance : distances) {
        for (std::size_t i = 0; i < tenants; ++i) {
            out.push_back({index(i), index((i + distance) % tenants)});
        }
    }
    return out;
}

} // namespace watertight::probe
