#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"
#include "harness/net/http_lane.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace watertight::net {

/// One keep-alive connection for coroutines: what an http_lane does, to be awaited.
///
/// Lives on one core; one exchange at a time.
class http_connection {
public:
    http_connection(asio::any_io_executor core, endpoint where, connection_options options);
    http_connection(http_connection&&) noexcept;
    http_connection& operator=(http_connection&&) noexcept;
    ~http_connection();

    /// Sends `wire` (request line, headers, body; the caller keeps it alive) and reads the whole
    /// response, skipping 1xx.
    ///
    /// @param is_head  the request's method is HEAD: the response has no body.
    /// @param budget   for everything, connecting included.
    /// @return a view of what this connection keeps until its next use, or a failure:
    ///         `unreachable`, `deadline_exceeded`, `connection_lost` or `malformed`. After a
    ///         failure the connection is closed and the next call connects anew.
    asio::awaitable<result<http_response_view>>
    exchange(std::string_view wire, bool is_head, std::chrono::nanoseconds budget);

    /// Closes at once; a response on its way is lost.
    void close() noexcept;
    bool is_open() const noexcept;
    /// How often this object has connected: 1 means that keep-alive held all the time.
    std::uint64_t connects() const noexcept;
    /// Of the last successful exchange: from the first byte sent to the last byte received.
    std::chrono::nanoseconds took() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::net
