#pragma once

#include "harness/verdict/criteria.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace watertight::verdict {

/// What a value measures, once units are out of the way: time in seconds, shares in 0..1, rates
/// per second. `bare` is a number without a unit, which takes that of what it meets.
enum class dimension { bare, count, share, time, rate, bytes, truth };

enum class comparison { equal, unequal, less, less_or_equal, greater, greater_or_equal };

/// A node of a compiled requirement.
struct expression {
    enum class kind { number, metric, add, subtract, multiply, divide, compare, both, either };

    kind what{};
    dimension in{};
    /// Where it stands in the text.
    std::size_t begin = 0;
    std::size_t end = 0;
    /// Of a number.
    double value = 0;
    /// Of a metric: its name, and what to divide its value by to get seconds or a share.
    std::string name = {};
    double per = 1;
    comparison op{};
    /// A share that its metric states in percent: bare numbers beside it are percent too.
    bool in_percent = false;
    std::vector<expression> parts = {};
};

struct requirement::node {
    expression tree;
};

/// Whether no metric stands in it.
bool is_constant(expression const& e);
std::string format_dimension(double value, dimension in);

} // namespace watertight::verdict
