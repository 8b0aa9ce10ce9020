#include "harness/probe/toolbox.hpp"
#include "probes/api/foreign_reference/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::foreign_reference {

using nlohmann::json;

// "files" to "file", "categories" to "category".
static std::string singular(std::string_view resource)
{
    auto out = to_lower(std::string{resource});
    std::erase_if(out, [](char c) { return c == '_' || c == '-'; });
    if (out.ends_with("ies")) return out.substr(0, out.size() - 3) + "y";
    if (out.ends_with('s') && !out.ends_with("ss")) out.pop_back();
    return out;
}

// What the name says besides that it is an id; nothing if it is no name of an id.
static std::string stem_of(std::string_view member)
{
    for (auto const ending : {"_id", "Id", "ID", "_uuid", "_ref", "_number"}) {
        if (!member.ends_with(ending) || member.size() == std::string_view{ending}.size()) continue;
        auto out = to_lower(std::string{member.substr(0, member.size() - std::strlen(ending))});
        std::erase_if(out, [](char c) { return c == '_' || c == '-'; });
        return out;
    }
    return {};
}

static std::string text_of(json const& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

static void collect(
    json const& from,
    std::string const& kind,
    std::vector<std::string> const& ids,
    std::vector<std::string>& out
)
{
    if (!from.is_structured()) return;
    for (auto const& [name, value] : from.items()) {
        if (from.is_object() && value.is_primitive() && name != "id") {
            auto const stem = stem_of(name);
            auto const speaks_of_it = !stem.empty() && stem.find(kind) != std::string::npos;
            auto const holds_it = std::ranges::count(ids, text_of(value)) != 0 && !stem.empty();
            if ((speaks_of_it || holds_it) && std::ranges::count(out, name) == 0) {
                out.push_back(name);
            }
        }
        collect(value, kind, ids, out);
    }
}

std::vector<std::string> reference_members(
    std::string_view body, std::string_view resource, std::vector<std::string> const& ids
)
{
    std::vector<std::string> out;
    auto const kind = singular(resource);
    auto const parsed = json::parse(body, nullptr, false);
    if (!parsed.is_discarded()) collect(parsed, kind, ids, out);
    // What an answer need not show: the names that such members usually have.
    auto const camel = kind + "Id";
    auto const snake = kind + "_id";
    for (auto const& usual : {camel, snake}) {
        if (std::ranges::count(out, usual) == 0) out.push_back(usual);
    }
    return out;
}

} // namespace watertight::probes::api::foreign_reference
