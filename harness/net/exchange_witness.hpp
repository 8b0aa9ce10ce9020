#pragma once

#include "harness/net/http_client.hpp"

#include <functional>

namespace watertight::net {

/// Told of each request that was sent, and what came of it.
using exchange_witness = std::function<void(http_request const&, result<http_response> const&)>;

/// Shows what every http_client of this thread exchanges from now on; an empty one ends that.
void watch_exchanges(exchange_witness w);

} // namespace watertight::net
