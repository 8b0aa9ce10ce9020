#pragma once

#include "harness/net/http_connection.hpp"

#include <deque>
#include <memory>

namespace watertight::net {

/// A request as bytes, ready to go.
struct http_request {
    std::string wire;
    bool is_head = false;
};

/// Keep-alive connections to one endpoint for work that is not timed: provisioning, probes, drills.
///
/// Lives on one core. At most `connections_max` exchanges run at once; further ones wait.
class http_client {
public:
    http_client(
        asio::any_io_executor core,
        endpoint where,
        connection_options options,
        std::size_t connections_max
    );
    ~http_client();

    /// @return the whole response with its own storage, its body unpacked (gzip, deflate) and its
    ///         head as it came, or the failure of the exchange.
    asio::awaitable<result<http_response>>
    send(http_request request, std::chrono::nanoseconds budget);

    endpoint const& where() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace watertight::net
