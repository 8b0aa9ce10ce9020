#include "harness/draft/paths.hpp"

#include "harness/base/text.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace watertight::draft {

static std::string_view without_extension(std::string_view text)
{
    for (std::string_view const ending : {".json", ".xml", ".php"}) {
        if (text.size() > ending.size() && text.ends_with(ending)) {
            return text.substr(0, text.size() - ending.size());
        }
    }
    return text;
}

std::vector<segment> segments_of(std::string_view path)
{
    std::vector<segment> out;
    for (auto const part : split(path, '/')) {
        if (part.empty()) continue;
        auto const text = without_extension(part);
        auto const open = text.find('{');
        auto const close = text.find('}');
        // "{id}:cancel" and "{a}-{b}" are no ids by themselves.
        auto const is_whole = open == 0 && close == text.size() - 1;
        std::string const name{is_whole ? text.substr(1, close - 1) : std::string_view{}};
        out.push_back({std::string{text}, name});
    }
    return out;
}

static bool is_version_number(std::string_view text)
{
    return text.size() > 1 && (text[0] == 'v' || text[0] == 'V') && is_number(text.substr(1));
}

std::string shape_of(std::vector<segment> const& all, std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count && i < all.size(); ++i) {
        out += '/';
        // /v9/projects is /v10/projects/{id}'s collection.
        auto const is_version = is_version_number(all[i].text);
        out += all[i].is_parameter() ? "{}" : is_version ? "v" : to_lower(all[i].text);
    }
    return out;
}

std::string_view verb_of(std::string_view literal)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> verbs{
        {{"create", "create"},
         {"add", "create"},
         {"new", "create"},
         {"insert", "create"},
         {"list", "list"},
         {"all", "list"},
         {"getall", "list"},
         {"index", "list"},
         {"get", "read"},
         {"read", "read"},
         {"update", "update"},
         {"edit", "update"},
         {"modify", "update"},
         {"delete", "remove"},
         {"remove", "remove"},
         {"destroy", "remove"}}};
    auto const plain = plain_word(literal);
    for (auto const& [word, role] : verbs) {
        if (plain == word) return role;
    }
    return {};
}

std::string_view object_called(std::string_view literal)
{
    auto const dot = literal.rfind('.');
    if (dot == literal.npos || dot == 0 || verb_of(literal.substr(dot + 1)).empty()) return {};
    return literal.substr(0, dot);
}

std::vector<std::string> parameters_in(std::vector<segment> const& all)
{
    std::vector<std::string> out;
    for (auto const& s : all) {
        if (s.is_parameter()) out.push_back(s.name);
    }
    return out;
}

} // namespace watertight::draft
