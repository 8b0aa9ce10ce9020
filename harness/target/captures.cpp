#include "harness/base/text.hpp"
#include "harness/base/words.hpp"
#include "harness/target/render.hpp"

#include <boost/regex.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::target {

namespace {

using json = nlohmann::json;

std::optional<std::string> as_text(json const& value)
{
    if (value.is_null()) return std::nullopt;
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json const* at_pointer(json const& document, std::string const& pointer)
try {
    json::json_pointer const where{pointer};
    return document.contains(where) ? &document.at(where) : nullptr;
} catch (json::exception const&) {
    return nullptr;
}

std::optional<std::string> cookie(net::http_response const& response, std::string_view name)
{
    for (auto const line : response.headers("Set-Cookie")) {
        auto const pair = trim(line.substr(0, line.find(';')));
        auto const equals = pair.find('=');
        if (equals != std::string_view::npos && trim(pair.substr(0, equals)) == name) {
            return std::string{trim(pair.substr(equals + 1))};
        }
    }
    return std::nullopt;
}

std::optional<std::string> match(std::string const& text, std::string const& expression)
try {
    boost::smatch found;
    if (!boost::regex_search(text, found, boost::regex{expression})) return std::nullopt;
    return found.size() > 1 && found[1].matched ? found[1].str() : found[0].str();
} catch (std::runtime_error const&) {
    // A bad expression, or one whose search grows beyond bounds: either way nothing is captured.
    return std::nullopt;
}

std::optional<std::string>
take_whole(capture const& c, net::http_response const& response, json const& document)
{
    switch (c.where) {
    case capture::from::json_pointer: {
        auto const* const value = at_pointer(document, c.expression);
        return value == nullptr ? std::nullopt : as_text(*value);
    }
    case capture::from::header: {
        auto const value = response.header(c.expression);
        return value ? std::optional<std::string>{std::string{*value}} : std::nullopt;
    }
    case capture::from::cookie:
        return cookie(response, c.expression);
    case capture::from::regex: {
        auto const in_body = match(response.body, c.expression);
        return in_body ? in_body : match(response.head, c.expression);
    }
    case capture::from::status:
        return fmt::to_string(response.status);
    }
    return std::nullopt;
}

std::optional<std::string>
take(capture const& c, net::http_response const& response, json const& document)
{
    auto whole = take_whole(c, response, document);
    return whole && !c.part.empty() ? match(*whole, c.part) : whole;
}

std::string describe_place(capture const& c)
{
    switch (c.where) {
    case capture::from::json_pointer:
        return "JSON pointer \"" + c.expression + "\"";
    case capture::from::header:
        return "header " + c.expression;
    case capture::from::cookie:
        return "cookie " + c.expression;
    case capture::from::regex:
        return "expression \"" + c.expression + "\"";
    case capture::from::status:
        break;
    }
    return "status";
}

std::string describe(capture const& c)
{
    auto const place = describe_place(c);
    return c.part.empty() ? place : fmt::format("{} with a match of \"{}\"", place, c.part);
}

json parse(std::string_view text)
{
    return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::optional<learned_id> id_member(json const& object, std::string const& under)
{
    if (!object.is_object()) return std::nullopt;
    for (auto const* const name : {"id", "_id", "uuid"}) {
        auto const found = object.find(name);
        if (found == object.end()) continue;
        if (!found->is_string() && !found->is_number_integer()) continue;
        return learned_id{*as_text(*found), under + "/" + name};
    }
    return std::nullopt;
}

/// The last part of a path that is no slot: "things" of "/v1/things/{parent.id}".
std::string_view collection_of(std::string_view pattern)
{
    std::string_view out;
    for (auto const part : split(pattern.substr(0, pattern.find_first_of("?#")), '/')) {
        if (!part.empty() && part.find('{') == std::string_view::npos) out = part;
    }
    return out;
}

std::optional<learned_id>
id_in_location(net::http_response const& response, std::string_view collection)
{
    auto const location = response.header("Location");
    if (!location) return std::nullopt;
    auto path = location->substr(0, location->find_first_of("?#"));
    if (auto const scheme = path.find("://"); scheme != std::string_view::npos) {
        path = path.substr(std::min(path.size(), path.find('/', scheme + 3)));
    }
    std::string_view last;
    std::string_view after_collection;
    for (auto const part : split(path, '/')) {
        if (part.empty()) continue;
        if (last == collection && !last.empty()) after_collection = part;
        last = part;
    }
    // A page for it may follow ("/things/7/edit"); the collection alone names nothing.
    auto const id = after_collection.empty() ? last : after_collection;
    if (id.empty() || id == collection) return std::nullopt;
    return learned_id{std::string{id}, "header Location"};
}

} // namespace

result<values> run_captures(operation const& op, net::http_response const& response)
{
    auto const needs_json = std::ranges::any_of(op.captures, [](capture const& c) {
        return c.where == capture::from::json_pointer;
    });
    auto const document = needs_json ? parse(response.body) : json{};
    values out;
    for (auto const& c : op.captures) {
        auto value = take(c, response, document);
        if (!value) {
            return failure{
                errc::malformed,
                fmt::format("{}: the answer has no {} ({})", op.name, c.name, describe(c)),
                {}};
        }
        out.set(c.name, std::move(*value));
    }
    return out;
}

std::vector<std::string>
ids_in_list(operation const& list, std::string_view id_member, std::string_view body)
{
    auto const document = parse(body);
    auto const* const items = at_pointer(document, list.items);
    std::vector<std::string> out;
    if (items == nullptr) return out;
    auto const is_pointer = id_member.starts_with('/');
    auto const pointer = is_pointer ? std::string{id_member} : "/" + std::string{id_member};
    auto const take_one = [&](json const& item) {
        auto const* const id = item.is_structured() ? at_pointer(item, pointer) : &item;
        if (id == nullptr) return;
        if (auto text = as_text(*id)) out.push_back(std::move(*text));
    };
    if (items->is_array()) {
        for (auto const& item : *items) take_one(item);
    } else {
        take_one(*items);
    }
    return out;
}

std::optional<learned_id>
learn_id(net::http_response const& response, operation const& creation, std::string_view resource)
{
    auto const document = parse(response.body);
    if (auto top = id_member(document, "")) return top;
    for (auto const& name :
         {std::string{"data"}, singular(resource), std::string{"item"}, std::string{"result"}})
    {
        if (!document.is_object() || !document.contains(name)) continue;
        if (auto below = id_member(document[name], "/" + name)) return below;
    }
    return id_in_location(response, collection_of(creation.path_pattern));
}

} // namespace watertight::target
