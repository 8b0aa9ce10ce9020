#pragma once

#include "harness/base/error.hpp"
#include "harness/net/http.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace watertight::net {

/// Parses HTTP/1.x responses in the buffer that they are received into; does no I/O.
///
///     parser.start(is_head);
///     for (bool whole = false; !whole;) {
///         auto const room = parser.room();
///         whole = *parser.received(read(room));
///     }
///     auto const view = parser.view();
///
/// Informational (1xx) responses are skipped. A body whose length is known stays where it was
/// received; the pieces of a chunked one are moved together within the buffer.
class http_parser {
public:
    /// @param body_bytes_max  a longer body is `malformed`.
    explicit http_parser(std::size_t body_bytes_max);
    http_parser(http_parser&&) noexcept;
    http_parser& operator=(http_parser&&) noexcept;
    ~http_parser();

    /// Forgets what was there; the next byte begins a response.
    /// @param is_head  it answers a HEAD request, so it has no body whatever its headers say.
    void start(bool is_head);

    /// Where to receive to; never empty, valid until the next call.
    std::span<char> room();

    /// `count` bytes were written to `room()`. @return true once the response is complete.
    result<bool> received(std::size_t count);

    /// The peer closed the connection. Ends a body that has no other end.
    result<void> ended();

    /// The response; @pre complete. Valid until the next call of `start`.
    http_response_view view() const noexcept;

    /// Bytes received since `start`, 1xx responses included.
    std::size_t bytes_received() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::net
