#pragma once

#include "harness/stores/redis.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace watertight::stores {

struct redis_wire;

/// A connection on which Redis tells what nobody asked for one by one: subscriptions, MONITOR.
///
/// One call at a time. After a budget that ended without a reply the connection is gone.
class redis_listener {
public:
    /// As `redis::connect`.
    static asio::awaitable<result<redis_listener>>
    connect(asio::any_io_executor core, std::string url, std::chrono::nanoseconds budget);

    redis_listener(redis_listener&&) noexcept;
    redis_listener& operator=(redis_listener&&) noexcept;
    ~redis_listener();

    /// A command with one reply: SUBSCRIBE to one channel, PSUBSCRIBE, MONITOR. An error reply is a
    /// failure of kind `rejected`.
    asio::awaitable<result<redis_reply>> command(
        std::vector<std::string> words, std::chrono::nanoseconds budget = std::chrono::seconds{5}
    );
    /// The next reply, whatever it belongs to.
    asio::awaitable<result<redis_reply>> receive(std::chrono::nanoseconds budget);

    bool is_open() const noexcept;

private:
    explicit redis_listener(std::unique_ptr<redis_wire> wire) noexcept;

    std::unique_ptr<redis_wire> wire_;
};

} // namespace watertight::stores
