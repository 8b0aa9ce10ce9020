#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/dialect.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>

namespace watertight::lab {

struct server_options {
    std::uint16_t port = 0;
    std::size_t cores = 1;
    bool verbose = false;
};

/// Serves `spoken` over HTTP/1.1 on 127.0.0.1 until a stop is requested.
///
/// Connections are dealt out to the cores in turn and stay there. @param ready is called once,
/// with the port, when requests are answered; what it throws ends the serving.
/// @throws run_error if the port cannot be had.
asio::awaitable<void> serve(
    dialect& spoken,
    server_options options,
    std::function<asio::awaitable<void>(std::uint16_t)> ready,
    std::stop_token stop
);

} // namespace watertight::lab
