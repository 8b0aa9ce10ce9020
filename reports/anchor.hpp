#pragma once

#include "harness/verdict/result.hpp"

#include <string>

namespace watertight::reports {

/// The line of the scenario that stands for a finding, for formats in which a result must have a
/// file and a line: that of the operation that it came through, else of the store, else of the
/// section that the probe works on. Line 1 if the result knows none of these.
target::source_place anchor_of(verdict::run_result const& r, evidence::finding const& f);

/// The line of a criterion; line 1 if it is not known.
target::source_place anchor_of(verdict::run_result const& r, verdict::criterion_outcome const& c);

/// A path as a URI reference (RFC 3986): relative if the path is, without "./" at its front.
std::string uri_of(std::string_view path);

} // namespace watertight::reports
