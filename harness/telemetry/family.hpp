#pragma once

#include "harness/base/metric_text.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace watertight::telemetry {

/// Bucket k counts what is at most bounds[k] and above bounds[k - 1]; the last one, which has no
/// bound, what is above all of them. In the family's unit.
struct distribution {
    std::vector<double> bounds;
    /// One more than bounds.
    std::vector<std::uint64_t> counts;
    double sum = 0;

    std::uint64_t count() const;
};

using labels = metric_labels;

struct point {
    labels where{};
    double value = 0;
    /// Of histograms, in place of `value`.
    distribution spread{};
};

enum class family_kind { counter, gauge, histogram };

/// Everything of one name, as OpenTelemetry names it.
struct family {
    /// "watertight.request.duration".
    std::string name;
    family_kind kind = family_kind::gauge;
    /// In UCUM: "s", "{request}", "1".
    std::string unit;
    std::string help;
    std::vector<point> points{};
};

} // namespace watertight::telemetry
