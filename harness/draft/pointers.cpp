#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>
#include <array>

namespace watertight::draft {

namespace {

std::string escaped_member(std::string_view name)
{
    std::string out{"/"};
    for (auto const c : name) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

bool is_scalar_value(json_value const& v)
{
    return v.is_string() || v.is_number() || v.is_null();
}

/// A member of this object by one of the names.
std::string member_named(json_value const& object, std::vector<std::string> const& plain_names)
{
    if (!object.is_object()) return {};
    for (auto const& wanted : plain_names) {
        for (auto const& [name, value] : object.items()) {
            if (is_scalar_value(value) && plain_word(name) == wanted) return escaped_member(name);
        }
    }
    return {};
}

/// What the suffix of a parameter says of the field: "petId" of pets is "id".
std::vector<std::string> names_for(id_question const& asked)
{
    auto const parameter = plain_word(asked.parameter);
    auto const thing = plain_word(singular_of(asked.collection));
    std::vector<std::string> out;
    auto const add = [&out](std::string name) {
        if (!name.empty() && std::ranges::count(out, name) == 0) out.push_back(std::move(name));
    };
    if (!is_generic_id(asked.parameter)) add(parameter);
    if (parameter.starts_with(thing)) add(parameter.substr(thing.size()));
    for (std::string_view const end : {"id", "uuid", "guid", "sid", "slug", "name", "key"}) {
        if (parameter.ends_with(end)) add(std::string{end});
    }
    for (auto const* const usual : {"id", "uuid", "guid", "sid", "slug", "key"}) add(usual);
    // What is called an id is hardly a name.
    auto const is_id = parameter.ends_with("id") && parameter != "id";
    for (auto const* const rarer : {"name", "number", "code", "token", "login"}) {
        if (!is_id) add(rarer);
    }
    add(thing + "id");
    return out;
}

} // namespace

std::string pointer_to(json_value const& answer, std::vector<std::string> const& plain_names)
{
    if (auto here = member_named(answer, plain_names); !here.empty()) return here;
    if (!answer.is_object()) return {};
    for (auto const& [name, value] : answer.items()) {
        if (auto below = member_named(value, plain_names); !below.empty()) {
            return escaped_member(name) + below;
        }
    }
    for (auto const& [name, value] : answer.items()) {
        if (!value.is_object()) continue;
        for (auto const& [inner, deep] : value.items()) {
            if (auto below = member_named(deep, plain_names); !below.empty()) {
                return escaped_member(name) + escaped_member(inner) + below;
            }
        }
    }
    return {};
}

std::string owner_pointer(json_value const& answer, std::string const& word)
{
    if (word.empty() || !answer.is_object()) return {};
    for (auto const& [name, value] : answer.items()) {
        if (!value.is_object() || owner_word_of(name).stem != word) continue;
        auto const below = member_named(value, {"id", "uuid"});
        if (!below.empty()) return escaped_member(name) + below;
    }
    auto const thing = plain_word(word);
    std::vector<std::string> names{thing + "id", thing + "uuid"};
    if (word == "organization") names.insert(names.end(), {"orgid", "organisationid"});
    return pointer_to(answer, names);
}

std::string id_pointer(json_value const& answer, id_question const& asked)
{
    auto const names = names_for(asked);
    json_value const* at = &answer;
    std::string prefix;
    if (at->is_array() && !at->empty()) {
        at = &at->front();
        prefix = "/0";
    }
    if (!at->is_object()) return {};
    // The object stands in an envelope, as its own name or one of the usual.
    auto const thing = plain_word(singular_of(asked.collection));
    std::array<std::string, 9> const envelopes{
        thing, "data", "item", "result", "response", "payload", "object", "metadata", "record"};
    auto const strong = std::vector<std::string>{names.begin(), names.begin() + 1};
    if (auto here = member_named(*at, strong); !here.empty()) return prefix + here;
    for (auto const& envelope : envelopes) {
        for (auto const& [name, value] : at->items()) {
            if (plain_word(name) != envelope) continue;
            auto const is_list = value.is_array() && !value.empty();
            auto below = member_named(is_list ? value.front() : value, names);
            if (!below.empty())
                return prefix + escaped_member(name) + (is_list ? "/0" : "") + below;
        }
    }
    if (auto here = member_named(*at, names); !here.empty()) return prefix + here;
    std::vector<std::string> const sure{names.begin(), std::ranges::find(names, "slug")};
    auto deep = pointer_to(*at, sure);
    return deep.empty() ? deep : prefix + deep;
}

std::optional<std::string> items_named(json_value const& answer, std::string const& collection)
{
    if (!answer.is_object()) return std::nullopt;
    auto const wanted = plain_word(collection);
    for (auto const& [name, value] : answer.items()) {
        if (value.is_array() && plain_word(name) == wanted) return escaped_member(name);
        if (!value.is_object()) continue;
        for (auto const& [inner, deep] : value.items()) {
            auto const is_it = deep.is_array() && plain_word(inner) == wanted;
            if (is_it) return escaped_member(name) + escaped_member(inner);
        }
    }
    return std::nullopt;
}

std::optional<std::string> items_pointer(json_value const& answer, std::string const& collection)
{
    if (answer.is_array()) return "";
    if (!answer.is_object()) return std::nullopt;
    auto const wanted = plain_word(collection);
    std::optional<std::string> first;
    for (auto const& [name, value] : answer.items()) {
        if (!value.is_array()) continue;
        auto const is_objects = !value.empty() && value.front().is_object();
        auto const is_named = plain_word(name) == wanted || plain_word(name) == "items" ||
                              plain_word(name) == "data" || plain_word(name) == "results";
        if (is_named) return escaped_member(name);
        if (is_objects && !first) first = escaped_member(name);
    }
    if (first) return first;
    for (auto const& [name, value] : answer.items()) {
        if (!value.is_object()) continue;
        for (auto const& [inner, deep] : value.items()) {
            auto const is_list = deep.is_array() && !deep.empty() && deep.front().is_object();
            if (is_list) return escaped_member(name) + escaped_member(inner);
        }
    }
    return std::nullopt;
}

} // namespace watertight::draft
