#pragma once

#include "harness/scenario/tree.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <vector>

// The sentences that problems are told in, so that they sound alike.
namespace watertight::scenario {

/// "string" is "a text".
std::string type_in_words(std::string_view type);

/// "from 1 to 1024", "at least 1".
std::string range_in_words(nlohmann::json const& schema);

/// "a, b and c".
std::string listed(std::span<std::string const> names, std::string_view last);

/// "one of a, b, c", or the only one.
std::string alternatives(std::span<std::string const> names);

/// What stands there: `the text "abc"`. Values of variables are not shown.
std::string found(node const& n);

/// "tenants.count is the text "ten", but a whole number was expected".
std::string is_not(node const& n, std::string_view expected);

std::string lacks(node const& n, std::string_view key);
std::string lacks_all(node const& n, std::span<std::string const> keys);

/// "target.indentity is not a key of target; did you mean identity?"
std::string not_a_key(
    std::string_view parent_pointer,
    std::string_view pointer,
    std::string_view key,
    std::vector<std::string> const& known
);

std::string not_among(node const& n, std::vector<std::string> const& known);

/// "; did you mean x?", or what there is to choose from.
std::string suggestion(std::string_view name, std::vector<std::string> const& known);

} // namespace watertight::scenario
