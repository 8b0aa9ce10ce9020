#include "harness/experiment/change.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>

namespace watertight::experiment {

namespace {

struct moments {
    double n = 0;
    double mean = 0;
    /// Of the mean itself.
    double variance = 0;
};

} // namespace

static moments moments_of(std::span<double const> values)
{
    moments out{.n = static_cast<double>(values.size())};
    for (auto const v : values) out.mean += v / out.n;
    for (auto const v : values) out.variance += (v - out.mean) * (v - out.mean);
    out.variance /= out.n * (out.n - 1);
    return out;
}

// Of b - ratio * a, whose variance decides how far the ratio may be off.
static double degrees_of_freedom(moments const& a, moments const& b, double ratio)
{
    auto const of_a = ratio * ratio * a.variance;
    auto const of_b = b.variance;
    auto const below = of_a * of_a / (a.n - 1) + of_b * of_b / (b.n - 1);
    auto const fewest = std::min(a.n, b.n) - 1;
    if (!(below > 0)) return fewest;
    return std::max(fewest, (of_a + of_b) * (of_a + of_b) / below);
}

std::optional<verdict::experiment_change>
relative_change(std::span<double const> a, std::span<double const> b)
{
    if (a.size() < 2 || b.size() < 2) return std::nullopt;
    auto const of_a = moments_of(a);
    auto const of_b = moments_of(b);
    if (!(of_a.mean > 0) || !std::isfinite(of_b.mean)) return std::nullopt;

    auto const ratio = of_b.mean / of_a.mean;
    boost::math::students_t const student{degrees_of_freedom(of_a, of_b, ratio)};
    auto const t = boost::math::quantile(student, 0.975);
    // How uncertain a's mean is by itself: from 1 on it cannot be told from 0.
    auto const g = t * t * of_a.variance / (of_a.mean * of_a.mean);
    if (!(g < 1)) return std::nullopt;
    auto const spread = t / of_a.mean *
                        std::sqrt((1 - g) * of_b.variance + ratio * ratio * of_a.variance) /
                        (1 - g);
    auto const centre = ratio / (1 - g);
    return verdict::experiment_change{
        .estimate = ratio - 1, .low = centre - spread - 1, .high = centre + spread - 1};
}

} // namespace watertight::experiment
