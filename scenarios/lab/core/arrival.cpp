#include "scenarios/lab/core/arrival.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

namespace watertight::lab {

void not_found()
{
    throw refusal{404, "NOT_FOUND", "there is no such resource"};
}

std::string const& arrival::parameter(std::string_view name) const
{
    for (auto const& [key, value] : path)
        if (key == name) return value;
    not_found();
}

std::string arrival::id_parameter(std::string_view name) const
{
    auto const& text = parameter(name);
    if (!is_uuid(text)) not_found();
    return to_lower(text);
}

response to_response(refusal const& r)
{
    auto out = error_response(r.status, r.code, r.what());
    out.headers = r.headers;
    return out;
}

std::string bearer_of(request const& in)
{
    auto const value = in.header("Authorization").value_or("");
    auto const space = value.find(' ');
    if (space == std::string_view::npos || !iequals(value.substr(0, space), "Bearer")) {
        throw refusal{401, "UNAUTHENTICATED", "a bearer token is required"};
    }
    return std::string{trim(value.substr(space + 1))};
}

} // namespace watertight::lab
