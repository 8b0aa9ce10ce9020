#pragma once

#include "harness/base/random.hpp"
#include "harness/target/population.hpp"
#include "harness/traffic/plan.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace watertight::traffic {

/// Draws indexes with given weights in constant time (Vose's alias method). Immutable.
class alias_table {
public:
    alias_table() = default;
    /// Weights that are negative or not finite count as 0. @pre at least one is above 0, or none
    /// at all are given.
    explicit alias_table(std::span<double const> weights);

    /// @pre not empty.
    std::size_t pick(rng& random) const noexcept;
    bool empty() const noexcept { return cells_.empty(); }

private:
    struct cell {
        /// The share of this cell that is its own, of 2^64; the rest goes to `other`.
        std::uint64_t own = 0;
        std::uint32_t other = 0;
    };
    std::vector<cell> cells_;
};

/// Whether traffic can be sent in its name: ready, and with a user.
bool can_send(target::tenant const& t) noexcept;

/// The weight of each tenant of the population, in its order; 0 for those that cannot send.
/// Zipf: the n-th tenant that can send weighs 1/n^s, so the first is the busiest.
/// Weighted: a weight by slug wins over one by plan. Those beyond the mix's share weigh 0.
std::vector<double> tenant_weights(tenant_mix const& mix, target::population const& tenants);

} // namespace watertight::traffic
