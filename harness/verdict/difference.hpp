#pragma once

#include "harness/traffic/histogram.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace watertight::verdict {

/// What an interval holds the true value with, unless another confidence is asked for.
inline constexpr double usual_confidence = 0.95;

/// How far an estimate may be off: its confidence interval.
struct estimate {
    double value = 0;
    double low = 0;
    double high = 0;
};

/// A percentile (0 to 100) by the order statistics around it, whose ranks are binomial; in us. The
/// requests are taken to be independent, so that it is narrow for those that waited for each other.
/// Nothing unless ten values lie beyond it on either side: the rest would be told by a few.
std::optional<estimate>
percentile_of(traffic::histogram const& h, double percentile, double confidence = usual_confidence);

/// A mean with Student's t. Nothing for fewer than 20 values.
std::optional<estimate> mean_of(traffic::histogram const& h, double confidence = usual_confidence);

/// `hits` of `n` as a share, with Wilson's score interval. Nothing if `n` is 0.
std::optional<estimate>
share_of(std::uint64_t hits, std::uint64_t n, double confidence = usual_confidence);

/// after - before of two independent estimates, from their own intervals (the method of variance
/// estimates recovery, Zou and Donner 2008; of shares it is Newcombe's).
estimate difference_of(estimate const& before, estimate const& after);

/// The difference of two means, one value a run, the variances not taken to be equal (Welch).
/// Nothing for fewer than two values of either.
std::optional<estimate> difference_of(
    std::span<double const> before,
    std::span<double const> after,
    double confidence = usual_confidence
);

} // namespace watertight::verdict
