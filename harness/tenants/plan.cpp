#include "harness/tenants/plan.hpp"

#include "harness/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace watertight::tenants {

/// A stream of its own, so that the mix does not depend on what else the seed feeds.
constexpr std::uint64_t mix_stream = 0x706c616e;

using plan_mix = std::vector<std::pair<std::string, double>>;

/// How many tenants each plan gets; the sum is `count`.
static std::vector<std::size_t> apportion(plan_mix const& mix, std::size_t count)
{
    double total = 0;
    for (auto const& [name, share] : mix) total += std::max(share, 0.0);
    std::vector<std::size_t> seats;
    std::vector<std::pair<double, std::size_t>> remainders;
    for (auto const& [name, share] : mix) {
        auto const part = total > 0 ? std::max(share, 0.0) / total : 0.0;
        auto const exact = part * static_cast<double>(count);
        // 0.7 * 10 is a hair below 7 in binary; that hair is no remainder.
        auto const whole = std::floor(exact + 1e-9);
        remainders.emplace_back(std::round((exact - whole) * 1e9), seats.size());
        seats.push_back(static_cast<std::size_t>(whole));
    }
    std::ranges::stable_sort(
        remainders, std::ranges::greater{}, &std::pair<double, std::size_t>::first
    );
    auto left =
        count - std::min(count, std::accumulate(seats.begin(), seats.end(), std::size_t{0}));
    for (std::size_t i = 0; left > 0; ++i, --left)
        ++seats[remainders[i % remainders.size()].second];
    return seats;
}

std::vector<std::string> assign_plans(plan_mix const& mix, std::size_t count, std::uint64_t seed)
{
    if (mix.empty()) return std::vector<std::string>(count);
    auto const seats = apportion(mix, count);
    std::vector<std::string> out;
    for (std::size_t i = 0; i < mix.size(); ++i) out.insert(out.end(), seats[i], mix[i].first);
    rng random{seed, mix_stream};
    for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[random.below(i)]);
    return out;
}

} // namespace watertight::tenants
