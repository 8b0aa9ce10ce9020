#pragma once

#include "reports/http_message.hpp"
#include "reports/text.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

// What the formats that are JSON have in common.
namespace watertight::reports {

/// Members in the order in which they are written.
using document = nlohmann::ordered_json;

/// Indented, with a newline at the end; bytes that are no UTF-8 become U+FFFD.
std::string dump(document const& d);

/// At most `bytes_max` bytes of `text` (after `visible`), never half a character, with a mark where
/// it was cut.
std::string cut(std::string_view text, std::size_t bytes_max);

/// The number of a "CWE-639"; empty for anything else.
std::string cwe_number(std::string_view cwe);

/// A UUID (version 8, RFC 9562) made from the text alone: the same text has the same one.
std::string uuid_of(std::string_view text);

} // namespace watertight::reports
