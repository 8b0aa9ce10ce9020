#pragma once

#include "harness/evidence/finding.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace watertight::reports {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// A request as evidence shows it, taken apart. Fit for display: no control characters but line
/// ends, no bytes that are no UTF-8.
struct shown_request {
    std::string method;
    /// As sent: "/api/v1/users/7".
    std::string target;
    std::string version;
    header_list headers;
    std::string body;
};

struct shown_response {
    std::string version;
    int status = 0;
    std::string reason;
    header_list headers;
    std::string body;
};

/// Nothing if the text is no HTTP request: SQL, a Redis command.
std::optional<shown_request> parse_request(std::string_view text);
/// Nothing if the text does not begin with a status line.
std::optional<shown_response> parse_response(std::string_view text);

/// The exchange that proves the finding: the last one by the intruder whose answer holds the token,
/// else the last that holds it, else the last of all. Null if the finding has none.
evidence::message_pair const* proving_exchange(evidence::finding const& f);

} // namespace watertight::reports
