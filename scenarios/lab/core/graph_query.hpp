#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::lab {

/// One field of a query: "cover: media(id: $id) { id title }".
struct graph_field {
    /// Under which the answer has it: the alias, or the name.
    std::string key;
    std::string name;
    /// With variables filled in.
    std::vector<std::pair<std::string, std::string>> arguments;
    /// The members that are asked for; nothing within them.
    std::vector<std::string> selected;

    std::string argument(std::string_view wanted) const;
};

/// The fields of a query of GraphQL, as much of the language as it takes to ask for objects by id:
/// variables, aliases, arguments that are texts or variables, one level of members.
/// @throws refusal 400 for whatever else.
std::vector<graph_field> parse_graph_query(std::string_view text, nlohmann::json const& variables);

} // namespace watertight::lab
