#pragma once

#include "harness/base/error.hpp"
#include "harness/net/http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::net {

/// One request on an HTTP/2 connection and what has come of its answer. Used for one stream after
/// another, so that its buffers are.
struct h2_stream {
    /// Becomes a new stream's.
    void begin(std::uint64_t of_tag, std::string_view body_to_send);

    /// A block of fields begins: those of an informational response (1xx) make way.
    void begin_fields();
    void add_field(std::string_view name, std::string_view value);
    void end_fields();
    bool has_head() const noexcept { return head_bytes != 0; }

    /// @pre has_head(). Valid until `begin`.
    http_response_view view() const noexcept;

    std::uint64_t tag = 0;
    std::int32_t id = 0;
    /// What is left of the request's body; it lies with the caller.
    std::string_view unsent;
    int status = 0;
    content_coding coding = content_coding::identity;
    bool sets_cookie = false;
    /// Head and trailers as text; the head ends at `head_bytes`, once it is complete.
    std::string text;
    std::size_t head_bytes = 0;
    std::string body;
    std::optional<failure> fault;

    /// nghttp2 still knows the stream.
    bool open = false;
    /// The request's head was given to nghttp2's output.
    bool begun = false;
    /// So was the end of its body.
    bool body_sent = false;
    /// The server reset the stream.
    bool reset = false;
    /// What becomes of it is decided: nothing that still comes for it counts.
    bool settled = false;
    /// Its event is due.
    bool queued = false;
    bool cancelled = false;
    /// Its index among the session's streams in use.
    std::size_t place = 0;
};

} // namespace watertight::net
