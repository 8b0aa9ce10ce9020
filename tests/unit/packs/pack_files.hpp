#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::packs {

/// A row of a pack's table: `| id | what is checked | by |`.
struct row {
    std::string id;
    std::string what;
    std::string by;
};

/// The rows whose first cell is one of the pack's ids.
std::vector<row> table_rows(std::string_view readme, std::string_view id_prefix);

/// A name in a row's last cell, with the word before it: "probe `api.list`".
struct reference {
    std::string kind;
    std::string name;
};

/// Every name in backticks. Its kind is empty if no word stands before it.
std::vector<reference> references_in(std::string_view by);

/// The names that a scenario has, by kind: criterion, operation, phase, drill, store, resource.
/// Sections are looked up one by one: see `has_section`.
using names = std::map<std::string, std::set<std::string>, std::less<>>;

names names_in(std::string const& scenario_yaml);
/// Whether the scenario has this key, dots descending: "target.session".
bool has_section(std::string const& scenario_yaml, std::string_view section);

} // namespace watertight::packs
