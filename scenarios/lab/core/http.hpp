#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::lab {

using name_values = std::vector<std::pair<std::string, std::string>>;

/// A request as the service sees it: complete, decoded, owning its text.
struct request {
    std::string method;
    /// Without query, still percent-encoded, without a trailing slash.
    std::string path;
    /// Decoded, in order, repeated names kept.
    name_values query;
    name_values headers;
    std::string body;

    /// The first value of a header, without case.
    std::optional<std::string_view> header(std::string_view name) const;
    /// The first value of a query parameter.
    std::optional<std::string_view> query_value(std::string_view name) const;
    /// A number from the query, held within [low, high]; `otherwise` if it is absent or no number.
    long query_number(std::string_view name, long otherwise, long low, long high) const;
};

struct live_feed;

struct response {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    name_values headers;
    /// Told to the client instead of a body, until it closes.
    std::shared_ptr<live_feed> feed{};
};

/// Ends a request with an error answer. Thrown by handlers, turned into a response in one place.
struct refusal : std::runtime_error {
    refusal(int status_, std::string code_, std::string const& message)
        : std::runtime_error(message), status(status_), code(std::move(code_))
    {
    }

    int status;
    std::string code;
    name_values headers;
};

/// {"error":{"code":…,"message":…}}
response error_response(int status, std::string_view code, std::string_view message);

/// Splits a request target into `path` and `query`.
void set_target(request& out, std::string_view target);

/// Percent-decoding; '+' becomes a space where `plus_is_space`. Bad escapes stay as they are.
std::string url_decode(std::string_view text, bool plus_is_space);

/// A file that came in a request: its name and its bytes.
struct upload {
    std::string name;
    std::string content_type;
    std::string content;
};

/// The first file of a multipart/form-data body, or the raw body named by X-File-Name or ?name=.
/// @throws refusal 400 if there is none.
upload read_upload(request const& in);

std::string_view reason_of(int status);

} // namespace watertight::lab
