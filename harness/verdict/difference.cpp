#include "harness/verdict/difference.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace watertight::verdict {

static constexpr double values_min = 20;
static constexpr double values_beyond_min = 10;

// How many standard errors an interval reaches to either side.
static double normal_reach(double confidence)
{
    return boost::math::quantile(boost::math::normal{}, (1 + confidence) / 2);
}

static double student_reach(double degrees, double confidence)
{
    return boost::math::quantile(boost::math::students_t{degrees}, (1 + confidence) / 2);
}

using steps = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

static double value_at(steps const& cumulative, double rank)
{
    auto const at = std::ranges::lower_bound(cumulative, rank, {}, [](auto const& step) {
        return static_cast<double>(step.second);
    });
    auto const& step = at == cumulative.end() ? cumulative.back() : *at;
    return static_cast<double>(step.first);
}

std::optional<estimate>
percentile_of(traffic::histogram const& h, double percentile, double confidence)
{
    auto const n = static_cast<double>(h.count());
    auto const share = percentile / 100;
    if (n * std::min(share, 1 - share) < values_beyond_min) return std::nullopt;
    auto const spread = normal_reach(confidence) * std::sqrt(n * share * (1 - share));
    auto const cumulative = h.cumulative();
    auto const rank = [&](double shift) { return std::clamp(n * share + shift, 1.0, n); };
    return estimate{
        value_at(cumulative, rank(0)),
        value_at(cumulative, std::floor(rank(-spread))),
        value_at(cumulative, std::ceil(std::min(rank(spread) + 1, n)))};
}

std::optional<estimate> mean_of(traffic::histogram const& h, double confidence)
{
    auto const n = static_cast<double>(h.count());
    if (n < values_min) return std::nullopt;
    auto const mean = h.mean_us();
    double squares = 0;
    std::uint64_t before = 0;
    for (auto const& [value, count] : h.cumulative()) {
        auto const off = static_cast<double>(value) - mean;
        squares += off * off * static_cast<double>(count - before);
        before = count;
    }
    auto const spread = student_reach(n - 1, confidence) * std::sqrt(squares / (n - 1) / n);
    return estimate{mean, mean - spread, mean + spread};
}

std::optional<estimate> share_of(std::uint64_t hits, std::uint64_t of, double confidence)
{
    if (of == 0) return std::nullopt;
    auto const n = static_cast<double>(of);
    auto const share = static_cast<double>(hits) / n;
    auto const z = normal_reach(confidence);
    auto const centre = (share + z * z / (2 * n)) / (1 + z * z / n);
    auto const spread =
        z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return estimate{share, std::max(0.0, centre - spread), std::min(1.0, centre + spread)};
}

estimate difference_of(estimate const& before, estimate const& after)
{
    auto const difference = after.value - before.value;
    return {
        difference,
        difference - std::hypot(after.value - after.low, before.high - before.value),
        difference + std::hypot(after.high - after.value, before.value - before.low)};
}

namespace {

struct sample_moments {
    double n = 0;
    double mean = 0;
    /// Of the mean itself.
    double variance = 0;
};

} // namespace

static sample_moments moments_of_runs(std::span<double const> values)
{
    sample_moments out{.n = static_cast<double>(values.size())};
    out.mean = std::accumulate(values.begin(), values.end(), 0.0) / out.n;
    for (auto const v : values) out.variance += (v - out.mean) * (v - out.mean);
    out.variance /= out.n * (out.n - 1);
    return out;
}

std::optional<estimate>
difference_of(std::span<double const> before, std::span<double const> after, double confidence)
{
    if (before.size() < 2 || after.size() < 2) return std::nullopt;
    auto const a = moments_of_runs(before);
    auto const b = moments_of_runs(after);
    auto const difference = b.mean - a.mean;
    auto const sum = a.variance + b.variance;
    if (!(sum > 0)) return estimate{difference, difference, difference};
    auto const below = a.variance * a.variance / (a.n - 1) + b.variance * b.variance / (b.n - 1);
    auto const spread = student_reach(sum * sum / below, confidence) * std::sqrt(sum);
    return estimate{difference, difference - spread, difference + spread};
}

} // namespace watertight::verdict
