#include "scenarios/lab/core/body.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab {

using nlohmann::json;

json read_object(request const& in)
{
    if (in.body.empty()) return json::object();
    auto body = json::parse(in.body, nullptr, false);
    if (!body.is_object()) throw refusal{400, "VALIDATION", "the body must be a JSON object"};
    return body;
}

std::optional<std::string>
text_member(json const& object, std::string_view name, std::size_t size_max)
{
    auto const at = object.find(name);
    if (at == object.end() || at->is_null()) return std::nullopt;
    if (!at->is_string()) throw refusal{400, "VALIDATION", fmt::format("{} must be text", name)};

    auto text = at->get<std::string>();
    if (text.size() > size_max || text.find('\0') != std::string::npos) {
        throw refusal{400, "VALIDATION", fmt::format("{} is too long or holds a NUL", name)};
    }
    return text;
}

std::string required_text(json const& object, std::string_view name, std::size_t size_max)
{
    auto text = text_member(object, name, size_max);
    if (!text || text->empty()) {
        throw refusal{400, "VALIDATION", fmt::format("{} is required", name)};
    }
    return std::move(*text);
}

std::optional<std::int64_t> integer_member(json const& object, std::string_view name)
{
    auto const at = object.find(name);
    if (at == object.end() || at->is_null()) return std::nullopt;
    if (!at->is_number_integer()) {
        throw refusal{400, "VALIDATION", fmt::format("{} must be an integer", name)};
    }
    return at->get<std::int64_t>();
}

response json_response(int status, json const& body)
{
    response out;
    out.status = status;
    out.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return out;
}

} // namespace watertight::lab
