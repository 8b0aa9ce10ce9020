#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// Names that say what an envelope holds, and no field of the object's own; of forms what
/// frameworks add to them.
inline bool is_envelopes_own(std::string_view name)
{
    static constexpr std::array<std::string_view, 16> names{
        "type",
        "kind",
        "apiVersion",
        "id",
        "query",
        "operationName",
        "jsonrpc",
        "method",
        "authenticity_token",
        "csrfmiddlewaretoken",
        "csrf_token",
        "_csrf",
        "_token",
        "_method",
        "utf8",
        "commit"};
    return std::ranges::count(names, name) != 0;
}

/// Where a JSON body has the fields of the object itself: the whole, or what lies within envelopes:
/// {"data": {"type": ..., "attributes": {...}}}, {"thing": {...}}, the variables of a query.
template <class Json>
typename Json::json_pointer own_fields(Json const& whole)
{
    static constexpr int envelopes_max = 4;
    typename Json::json_pointer at;
    for (int i = 0; i < envelopes_max; ++i) {
        auto const& here = whole.at(at);
        if (!here.is_object()) break;
        std::vector<std::string> within;
        auto has_fields = false;
        for (auto const& [name, value] : here.items()) {
            if (value.is_object() && !value.empty()) within.push_back(name);
            if (!value.is_object() && !is_envelopes_own(name)) has_fields = true;
        }
        if (has_fields || within.empty()) break;
        auto next = within.front();
        if (within.size() > 1) {
            static constexpr std::array<std::string_view, 4> usual{
                "attributes", "data", "variables", "input"};
            auto const known = std::ranges::find_first_of(within, usual);
            if (known == within.end()) break;
            next = *known;
        }
        at /= next;
    }
    return at;
}

/// A JSON object with one more member beside its own, within envelopes too; nothing if `body` is no
/// JSON object.
/// @param as_text  digits are no number.
std::optional<std::string> with_member(
    std::string_view body, std::string_view name, std::string_view value, bool as_text = false
);

} // namespace watertight::probe
