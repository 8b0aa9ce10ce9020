#pragma once

#include "harness/verdict/result.hpp"

#include <optional>
#include <span>

namespace watertight::experiment {

/// How much larger b's mean is than a's, as a share of a's, with its 95 % confidence interval.
///
/// One value a block. The interval is Fieller's for the ratio of two means, the variances not taken
/// to be equal: Student's t with the degrees of freedom after Welch and Satterthwaite. It does not
/// need b to differ from 0.
///
/// @return nothing for fewer than two blocks of an arm, a mean of a that is not above 0, or values
///         that vary so much that the ratio has no bounded interval.
std::optional<verdict::experiment_change>
relative_change(std::span<double const> a, std::span<double const> b);

} // namespace watertight::experiment
