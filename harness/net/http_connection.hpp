#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/net/http.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace watertight::net {

struct tls_options {
    bool verify = true;
    /// PEM file of extra authorities; empty: the system's.
    std::string ca_file;
    /// Server name for SNI and verification; empty: the endpoint's host.
    std::string server_name;
};

struct connection_options {
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds{5};
    /// A longer body ends the exchange with `malformed`, so that an endless one is bounded.
    std::size_t body_bytes_max = 64U << 20;
    tls_options tls;
};

/// One HTTP/1.1 keep-alive connection.
///
/// Lives on one core; one exchange at a time. Resolves and connects by itself when it is not
/// connected; it never repeats a request on its own, except when a reused idle connection turns
/// out to be closed before any byte of the response came and the method is safe to repeat.
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
    /// @return a view into this connection's buffers, or a failure: `unreachable`,
    ///         `deadline_exceeded`, `connection_lost` or `malformed`. After a failure the
    ///         connection is closed and the next call connects anew.
    asio::awaitable<result<http_response_view>>
    exchange(std::string_view wire, bool is_head, std::chrono::nanoseconds budget);

    /// Connects if it is not connected; for warming up before a measurement.
    asio::awaitable<result<void>> connect(std::chrono::nanoseconds budget);

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
