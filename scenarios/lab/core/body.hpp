#pragma once

#include "scenarios/lab/core/http.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::lab {

/// The request's body as a JSON object; an empty body is an empty object.
/// @throws refusal 400 if it is something else.
nlohmann::json read_object(request const& in);

/// A text member. @throws refusal 400 if it is no text, holds a NUL, or is longer than `size_max`.
std::optional<std::string>
text_member(nlohmann::json const& object, std::string_view name, std::size_t size_max = 4096);
/// The same, but it must be there and not empty.
std::string
required_text(nlohmann::json const& object, std::string_view name, std::size_t size_max = 255);
/// An integer member. @throws refusal 400 if it is no integer.
std::optional<std::int64_t> integer_member(nlohmann::json const& object, std::string_view name);

response json_response(int status, nlohmann::json const& body);

} // namespace watertight::lab
