#include "tests/unit/packs/pack_files.hpp"

#include "harness/base/text.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <regex>

namespace watertight::packs {

std::vector<row> table_rows(std::string_view readme, std::string_view id_prefix)
{
    std::vector<row> out;
    for (auto const line : split(readme, '\n')) {
        auto const cells = split(line, '|');
        if (cells.size() != 5) continue;
        auto const id = trim(cells[1]);
        if (!id.starts_with(id_prefix)) continue;
        out.push_back({std::string{id}, std::string{trim(cells[2])}, std::string{trim(cells[3])}});
    }
    return out;
}

std::vector<reference> references_in(std::string_view by)
{
    static std::regex const named{R"(([A-Za-z]*) ?`([^`]+)`)"};
    std::vector<reference> out;
    std::string const text{by};
    for (std::sregex_iterator at{text.begin(), text.end(), named}, end; at != end; ++at)
        out.push_back({to_lower((*at)[1].str()), (*at)[2].str()});
    return out;
}

static std::set<std::string> members(YAML::Node const& list, std::vector<std::string> const& fields)
{
    std::set<std::string> out;
    for (auto const& one : list) {
        for (auto const& field : fields)
            if (one[field]) out.insert(one[field].as<std::string>());
    }
    return out;
}

static std::set<std::string> keys(YAML::Node const& map)
{
    std::set<std::string> out;
    for (auto const& one : map) out.insert(one.first.as<std::string>());
    return out;
}

// "users.read" and, for what a resource's `others` names, "users.search".
static std::set<std::string> operations_of(YAML::Node const& root)
{
    auto out = keys(root["operations"]);
    for (auto const& resource : root["resources"]) {
        auto const name = resource.first.as<std::string>();
        for (auto const& key : keys(resource.second)) out.insert(name + "." + key);
        for (auto const& key : keys(resource.second["others"])) out.insert(name + "." + key);
    }
    return out;
}

static std::string last_part(std::string const& path)
{
    return path.substr(path.rfind('/') + 1);
}

// A step by its name, and by the file that it runs.
static std::set<std::string> drill_of(YAML::Node const& drill)
{
    std::set<std::string> out = keys(drill["budgets"]);
    auto const add = [&](YAML::Node const& steps) {
        for (auto const& name : members(steps, {"name", "sql"})) out.insert(last_part(name));
        for (auto const& step : steps)
            for (auto const& word : step["command"]) out.insert(last_part(word.as<std::string>()));
    };
    for (auto const* const part : {"forward", "inject", "rollback", "finally"}) add(drill[part]);
    for (auto const& stage : drill["stages"]) add(stage["steps"]);
    for (auto const& request : keys(drill["traffic"]["requests"])) out.insert(request);
    return out;
}

names names_in(std::string const& scenario_yaml)
{
    YAML::Node const root = YAML::LoadFile(scenario_yaml);
    return {
        {"criterion", members(root["criteria"], {"id"})},
        {"operation", operations_of(root)},
        {"experiment", members(root["experiments"], {"name"})},
        {"phase", members(root["traffic"], {"name"})},
        {"drill", root["drill"] ? drill_of(root["drill"]) : std::set<std::string>{}},
        {"step", root["drill"] ? drill_of(root["drill"]) : std::set<std::string>{}},
        {"store", keys(root["stores"])},
        {"resource", keys(root["resources"])},
    };
}

bool has_section(std::string const& scenario_yaml, std::string_view section)
{
    YAML::Node at = YAML::LoadFile(scenario_yaml);
    for (auto const part : split(section, '.')) {
        if (!at.IsMap() || !at[std::string{part}]) return false;
        at.reset(at[std::string{part}]);
    }
    return true;
}

} // namespace watertight::packs
