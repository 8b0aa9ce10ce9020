#include "harness/traffic/mix.hpp"

#include "harness/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace watertight::traffic {

// @param share  from 0 to 1.
static std::uint64_t of_whole(double share) noexcept
{
    return share >= 1 ? std::numeric_limits<std::uint64_t>::max()
                      : static_cast<std::uint64_t>(share * 0x1p64);
}

alias_table::alias_table(std::span<double const> weights)
{
    std::vector<double> scaled(weights.begin(), weights.end());
    for (auto& w : scaled) {
        if (!std::isfinite(w) || w < 0) w = 0;
    }
    auto const sum = std::accumulate(scaled.begin(), scaled.end(), 0.0);
    if (scaled.empty()) return;
    WT_ASSERT(sum > 0);
    for (auto& w : scaled) w *= static_cast<double>(scaled.size()) / sum;

    cells_.resize(scaled.size());
    for (std::uint32_t i = 0; i < cells_.size(); ++i) cells_[i].other = i;
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::uint32_t i = 0; i < scaled.size(); ++i) (scaled[i] < 1 ? small : large).push_back(i);
    while (!small.empty() && !large.empty()) {
        auto const poor = small.back();
        auto const rich = large.back();
        small.pop_back();
        cells_[poor] = {of_whole(scaled[poor]), rich};
        scaled[rich] -= 1 - scaled[poor];
        if (scaled[rich] < 1) {
            large.pop_back();
            small.push_back(rich);
        }
    }
    // What is left differs from 1 by rounding alone, and stays wholly its own. An index of weight 0
    // cannot be among it unless rounding left no donor: give it a real one.
    auto const heaviest = static_cast<std::uint32_t>(
        std::distance(weights.begin(), std::max_element(weights.begin(), weights.end()))
    );
    for (auto const i : small) {
        if (scaled[i] <= 0) cells_[i] = {0, heaviest};
    }
}

std::size_t alias_table::pick(rng& random) const noexcept
{
    if (cells_.size() == 1) return 0;
    // One number for both: the whole part of the product is the cell, its fraction the place in it.
    __extension__ using wide = unsigned __int128;
    auto const drawn = wide{random()} * cells_.size();
    auto const i = static_cast<std::size_t>(drawn >> 64);
    auto const& c = cells_[i];
    return static_cast<std::uint64_t>(drawn) < c.own ? i : c.other;
}

bool can_send(target::tenant const& t) noexcept
{
    return t.state == target::tenant_state::ready && !t.actors.empty();
}

static double named_weight(tenant_mix const& mix, target::tenant const& t)
{
    double weight = 1;
    for (auto const& [name, w] : mix.weights) {
        if (name == t.slug) return w;
        if (name == t.plan) weight = w;
    }
    return weight;
}

// How many of `n` tenants take part.
static double part_of(tenant_mix const& mix, double n)
{
    auto const wanted = mix.take > 0 ? static_cast<double>(mix.take) : std::ceil(mix.share * n);
    return std::clamp(wanted, std::min(1.0, n), n);
}

std::vector<double> tenant_weights(tenant_mix const& mix, target::population const& tenants)
{
    std::vector<double> weights;
    weights.reserve(tenants.tenants.size());
    auto const able = std::ranges::count_if(tenants.tenants, can_send);
    auto const rank_max = part_of(mix, static_cast<double>(able));
    double rank = 0;
    for (auto const& t : tenants.tenants) {
        if (!can_send(t) || rank >= rank_max) {
            weights.push_back(0);
            continue;
        }
        rank += 1;
        switch (mix.type) {
        case mix_kind::uniform:
            weights.push_back(1);
            break;
        case mix_kind::zipf:
            weights.push_back(std::pow(rank, -mix.zipf_exponent));
            break;
        case mix_kind::weighted:
            weights.push_back(named_weight(mix, t));
            break;
        }
    }
    return weights;
}

} // namespace watertight::traffic
