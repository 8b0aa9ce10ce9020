#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/probe/context.hpp"

namespace watertight::probe {

/// Makes a finding of a violation: names instead of numbers, exchanges redacted and cut, and a
/// reproduction that logs in by itself and names the scenario's variables instead of their values.
evidence::finding to_finding(context& ctx, spec const& what, violation const& v);

/// A shell script that repeats `e`: sets the sender's token by the scenario's log-in, then curl.
std::string reproduction(context& ctx, exchange const& e);

/// The scenario variable whose value is `value`; empty if there is none.
std::string variable_for(context const& ctx, std::string_view value);

} // namespace watertight::probe
