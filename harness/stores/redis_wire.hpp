#pragma once

#include "harness/net/watchdog.hpp"
#include "harness/stores/redis.hpp"
#include "harness/stores/redis_address.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <hiredis/hiredis.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace watertight::stores {

/// What a connection to Redis is, whoever speaks on it.
struct redis_wire {
    redis_wire(asio::any_io_executor core, redis_address address_)
        : address{std::move(address_)},
          where{address.describe()},
          socket{core},
          resolver{core},
          watch{core, [this] { interrupt(); }}
    {
    }

    asio::awaitable<result<void>> connect(std::chrono::nanoseconds budget);
    asio::awaitable<result<std::vector<redis_reply>>>
    run(std::vector<std::vector<std::string>> all, std::chrono::nanoseconds budget);
    asio::awaitable<result<redis_reply>> receive(std::chrono::nanoseconds budget);

    asio::awaitable<result<void>> reach();
    asio::awaitable<result<std::vector<asio::generic::stream_protocol::endpoint>>> resolve();
    asio::awaitable<result<void>> sign_in();
    asio::awaitable<result<std::vector<redis_reply>>>
    exchange(std::vector<std::vector<std::string>> const& all);
    asio::awaitable<result<redis_reply>> next_reply();

    failure lost(boost::system::error_code const& error) const;
    failure cannot_connect(errc code, std::string_view why) const;
    void interrupt();
    void close() noexcept;
    void abandon() noexcept { close(); }

    redis_address address;
    std::string where;
    asio::generic::stream_protocol::socket socket;
    asio::ip::tcp::resolver resolver;
    net::watchdog watch;
    std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader{nullptr, &redisReaderFree};
    std::string outgoing;
    std::array<char, 16384> incoming{};
    bool open = false;
    bool busy = false;
};

} // namespace watertight::stores
