#pragma once

#include "harness/target/model.hpp"

#include <string>
#include <string_view>

namespace watertight::target {

/// True for what may name a header (or a method): a token of RFC 9110.
bool is_header_name(std::string_view s) noexcept;

/// True unless it holds a control character, by which it would break out of its line.
bool is_header_value(std::string_view s) noexcept;

/// Whether the operation sets this header itself: then it means something special by it, and no
/// default channel takes its place.
bool sets_header(operation const& op, std::string_view name) noexcept;

/// True for methods whose requests say how long their body is even where there is none.
bool usually_has_body(std::string_view method) noexcept;

/// Percent-encodes what may not stand in a request target at all.
std::string safe_target(std::string_view target);

} // namespace watertight::target
