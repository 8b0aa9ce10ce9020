#pragma once

#include "harness/probe/exchange.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::probe {

/// The whole numbers of an answer by place: JSON pointers, and headers by name ("header
/// x-total-count", what stands behind the slash of Content-Range, the query of Link's last page).
/// Content-Length is none of them.
std::map<std::string, std::int64_t> numbers_in(exchange const& e);

/// How many members the objects and elements the lists of a JSON body have, by place: "size of
/// /unread".
std::map<std::string, std::int64_t> sizes_in(exchange const& e);

/// The number at a JSON pointer or "header <name>", whole or not, as number or text.
std::optional<double> number_at(exchange const& e, std::string_view place);
/// The text there, or the number as it is written.
std::optional<std::string> text_at(exchange const& e, std::string_view place);

} // namespace watertight::probe
