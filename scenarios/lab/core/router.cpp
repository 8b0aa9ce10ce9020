#include "scenarios/lab/core/router.hpp"

#include "harness/base/text.hpp"

namespace watertight::lab {

std::vector<std::string_view> path_segments(std::string_view path)
{
    if (path.starts_with('/')) path.remove_prefix(1);
    return split(path, '/');
}

std::optional<name_values>
match_segments(std::vector<std::string> const& pattern, std::vector<std::string_view> const& path)
{
    if (pattern.size() != path.size()) return std::nullopt;
    // Most patterns fail on a literal: look at those before allocating anything.
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (!pattern[i].starts_with('{') && pattern[i] != path[i]) return std::nullopt;

    name_values out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (!pattern[i].starts_with('{')) continue;
        if (path[i].empty()) return std::nullopt;
        out.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), url_decode(path[i], false));
    }
    return out;
}

} // namespace watertight::lab
