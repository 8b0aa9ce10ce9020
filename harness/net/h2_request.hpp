#pragma once

#include "harness/base/error.hpp"

#include <nghttp2/nghttp2.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::net {

/// A request in HTTP/1.1's form, seen as HTTP/2's fields. One object serves the requests of one
/// connection, so that its memory is used again, and so that it learns which headers change from
/// request to request (a tenant's name): these do not enter the compression table, which they would
/// fill with what is not asked for again.
class h2_request {
public:
    /// @param wire    request line, headers, body; kept alive by the caller while this is used.
    /// @param scheme  "http" or "https"; a literal.
    /// @return `malformed` for what HTTP/2 cannot carry: no request line, a chunked body, CONNECT.
    result<void> parse(std::string_view wire, std::string_view scheme);

    /// The pseudo-headers (:authority from Host), then the other headers with names in lower case,
    /// without those that are about one connection (Connection, Upgrade, ...).
    std::span<nghttp2_nv const> fields() const noexcept { return fields_; }
    std::string_view body() const noexcept { return body_; }

private:
    // How often a header's value was another one than in the request before.
    struct habit {
        std::string name;
        std::size_t value_hash = 0;
        int changes = 0;
    };

    result<void> parse_line(std::string_view line, std::string_view scheme);
    result<void> parse_field(std::span<char> name, std::string_view value);
    bool varies(std::string_view name, std::string_view value);

    std::vector<nghttp2_nv> fields_;
    // The head with the names in lower case, where `fields_` points to.
    std::string head_;
    // The value of Connection: names of headers that are about this connection too.
    std::string connection_;
    std::string_view body_;
    std::vector<habit> habits_;
    // Requests look alike: where the next header's habit was found last time.
    std::size_t next_habit_ = 0;
};

} // namespace watertight::net
