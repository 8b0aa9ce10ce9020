#include "harness/base/rank_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace watertight {

// Twice the ranks of the absolute values, so that the mean ranks of ties are whole numbers.
static std::vector<std::size_t> doubled_ranks(std::vector<double> const& sorted)
{
    std::vector<std::size_t> out(sorted.size());
    for (std::size_t first = 0; first < sorted.size();) {
        auto last = first;
        while (last + 1 < sorted.size() && sorted[last + 1] == sorted[first]) ++last;
        // Ranks count from 1: the mean of first + 1 and last + 1, doubled.
        for (auto i = first; i <= last; ++i) out[i] = first + last + 2;
        first = last + 1;
    }
    return out;
}

double signed_rank_p(std::span<double const> differences)
{
    std::vector<double> given;
    std::ranges::copy_if(differences, std::back_inserter(given), [](double d) { return d != 0; });
    if (given.empty()) return 1;
    std::ranges::sort(given, {}, [](double d) { return std::abs(d); });
    std::vector<double> sizes(given.size());
    std::ranges::transform(given, sizes.begin(), [](double d) { return std::abs(d); });
    auto const ranks = doubled_ranks(sizes);
    auto const total = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});

    std::size_t positive = 0;
    for (std::size_t i = 0; i < given.size(); ++i) positive += given[i] > 0 ? ranks[i] : 0;
    // probability[s]: that the ranks with a positive sign sum to s.
    std::vector<double> probability(total + 1, 0);
    probability[0] = 1;
    for (auto const rank : ranks) {
        for (auto s = total + 1; s-- > 0;) {
            probability[s] = (probability[s] + (s >= rank ? probability[s - rank] : 0)) / 2;
        }
    }
    auto const extreme = std::min(positive, total - positive);
    auto const tail = std::accumulate(
        probability.begin(), probability.begin() + static_cast<std::ptrdiff_t>(extreme) + 1, 0.0
    );
    return std::min(1.0, 2 * tail);
}

double median_of(std::vector<double> values)
{
    if (values.empty()) return 0;
    std::ranges::sort(values);
    auto const middle = values.size() / 2;
    if (values.size() % 2 == 1) return values[middle];
    return (values[middle - 1] + values[middle]) / 2;
}

} // namespace watertight
