#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::evidence {

/// What a curl command needs to repeat a request.
struct curl_request {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// Adds --insecure, for targets whose certificate the scenario says not to verify.
    bool insecure = false;
};

/// One line for a POSIX shell. In header values, the URL and the body "$NAME" parts listed in
/// `variables` stay expandable (double-quoted); everything else is quoted literally.
std::string curl_command(curl_request const& r, std::vector<std::string> const& variables = {});

/// psql "$VAR" -c '...'; the URL is given by the name of the variable that holds it.
std::string psql_command(std::string_view url_variable, std::string_view sql);

/// redis-cli -u "$VAR" GET key
std::string redis_command(std::string_view url_variable, std::vector<std::string> const& words);

/// mongosh "$VAR" --eval '...'
std::string mongo_command(std::string_view url_variable, std::string_view script);

/// Splits a raw HTTP/1.1 request into what curl_command wants. Host becomes part of the headers
/// only when it differs from the origin's.
curl_request from_wire(std::string_view origin, std::string_view wire);

} // namespace watertight::evidence
