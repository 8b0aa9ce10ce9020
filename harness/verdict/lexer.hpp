#pragma once

#include "harness/base/error.hpp"
#include "harness/verdict/expression.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::verdict {

struct token {
    /// `symbol` is an operator or a parenthesis; `word` is `and` or `or`.
    enum class kind { number, name, symbol, word, end };

    kind what{};
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
    /// Of a number, converted to the unit that its dimension counts in.
    double value = 0;
    dimension in = dimension::bare;
};

/// "column 3: ...", with the column alone as detail.
failure at_column(std::size_t offset, std::string message);

/// The last token is always `end`.
result<std::vector<token>> tokenise(std::string_view text);

} // namespace watertight::verdict
