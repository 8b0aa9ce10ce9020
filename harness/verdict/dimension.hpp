#pragma once

#include "harness/verdict/expression.hpp"

#include <string>
#include <string_view>

// Which values may meet which. What may not meet is thrown as a `failure` with its column, which
// requirement::compile turns into a value.

namespace watertight::verdict {

/// "a duration".
std::string_view name_of(dimension d);
dimension dimension_of(unit u);
/// What to divide a metric's value by to get seconds, or a share.
double divisor_of(unit u);

[[noreturn]] void fail_at(expression const& e, std::string message);

expression combine(expression::kind what, dimension in, expression a, expression b);

/// Makes both sides mean the same thing: a bare number takes the other side's unit where that is
/// beyond doubt.
dimension agree(expression& a, expression& b, std::string_view verb);

/// A bare number or a share scales anything; a rate times a duration is a count.
dimension of_product(expression const& a, expression const& b);
dimension of_quotient(expression const& a, expression const& b);

} // namespace watertight::verdict
