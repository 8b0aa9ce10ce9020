#pragma once

#include "harness/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::net {

/// How a body is packed, as Content-Encoding says.
enum class content_coding { identity, gzip, deflate, other };

/// A response that points into its connection's buffers: valid until the connection's next use.
struct http_response_view {
    int status = 0;
    /// The status line and header block as received, up to and with the empty line.
    std::string_view head;
    /// The body after chunk decoding (content codings are left as they are).
    std::string_view body;
    /// The lines between the last chunk and the empty line that ends a chunked body, as received.
    std::string_view trailers;
    content_coding coding = content_coding::identity;
    /// There is at least one Set-Cookie.
    bool sets_cookie = false;
    /// The server will close, or already closed, this connection.
    bool closes = false;

    /// The first value of a header, without case; nothing if it is absent.
    std::optional<std::string_view> header(std::string_view name) const;
};

/// The same, owning its text.
struct http_response {
    int status = 0;
    std::string head;
    std::string body;
    /// From the first byte sent to the last byte received.
    std::chrono::nanoseconds took{};

    std::optional<std::string_view> header(std::string_view name) const;
    /// Every value of a header that may stand more than once (Set-Cookie).
    std::vector<std::string_view> headers(std::string_view name) const;
    bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// Looks a header up in a raw header block. Shared by both forms above.
std::optional<std::string_view> find_header(std::string_view head, std::string_view name);
std::vector<std::string_view> find_headers(std::string_view head, std::string_view name);

} // namespace watertight::net
