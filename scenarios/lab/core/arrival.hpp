#pragma once

#include "scenarios/lab/core/http.hpp"

#include <string>
#include <string_view>

namespace watertight::lab {

/// A request that has found its route.
struct arrival {
    request in;
    /// Values of the route's parameters, decoded.
    name_values path;

    /// A path parameter. @throws refusal 404 if the route has none of this name.
    std::string const& parameter(std::string_view name) const;
    /// A path parameter that is a UUID, in lower case. @throws refusal 404 if it is none.
    std::string id_parameter(std::string_view name) const;
};

[[noreturn]] void not_found();

/// The answer that a refusal asks for.
response to_response(refusal const& r);

/// The token of "Authorization: Bearer …". @throws refusal 401 if there is none.
std::string bearer_of(request const& in);

} // namespace watertight::lab
