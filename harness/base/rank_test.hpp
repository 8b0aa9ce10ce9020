#pragma once

#include <span>
#include <vector>

namespace watertight {

/// Wilcoxon's signed-rank test: how probable it is that paired differences lean to one side this
/// much, or more, if each sign were a coin's. Exact, by counting all assignments of signs to the
/// ranks as they are, ties included; differences of zero are left out.
/// @return the two-sided probability; 1 without a difference.
double signed_rank_p(std::span<double const> differences);

/// The middle value, or the mean of the two in the middle; 0 of none.
double median_of(std::vector<double> values);

} // namespace watertight
