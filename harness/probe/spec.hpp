#pragma once

#include "harness/evidence/finding.hpp"

#include <string_view>

namespace watertight::probe {

enum class layer {
    api,
    identity,
    token,
    cache,
    postgres,
    mongo,
    files,
    quota,
    lifecycle,
    interference,
    performance,
    audit,
};

std::string_view to_string(layer l);

/// What a probe is, said once: the catalogue page, `watertight probes`, the reports and the rules
/// of machine formats are all made from it.
struct spec {
    /// "<layer>.<folder>": permanent, never reused.
    std::string_view id;
    std::string_view title;
    layer where{};
    evidence::guarantee kind{};
    evidence::severity level{};
    /// "CWE-639".
    std::string_view cwe;
    /// "API1:2023".
    std::string_view owasp;
    /// "8.2.2, 8.4.1" of ASVS 5.0.
    std::string_view asvs;
    /// Ids of the fault catalogue whose class it finds, separated by spaces.
    std::string_view faults;
    /// Why such a defect arises and what it costs, in a sentence or two.
    std::string_view rationale;
    std::string_view remedy;
};

} // namespace watertight::probe
