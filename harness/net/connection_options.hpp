#pragma once

#include "harness/net/tls_options.hpp"

#include <chrono>
#include <cstddef>

namespace watertight::net {

enum class http_version { http1, http2 };

struct connection_options {
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds{5};
    /// A longer body ends the exchange with `malformed`, so that an endless one is bounded.
    std::size_t body_bytes_max = 64U << 20;
    tls_options tls;
    /// HTTP/2 is offered by ALPN under TLS and spoken at once without it.
    http_version version = http_version::http1;
};

} // namespace watertight::net
