#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace watertight::stores {

/// What a NOTIFY told.
struct postgres_notice {
    std::string channel;
    std::string payload;
};

/// A PostgreSQL session that listens to channels. It works on a thread that may block, so that one
/// or two of them are enough.
class postgres_listener {
public:
    /// @param url  as `postgres::connect`; not through a pooler that changes sessions.
    static asio::awaitable<result<postgres_listener>>
    open(std::string url, std::vector<std::string> channels, std::chrono::nanoseconds budget);

    /// What was told since the last time.
    asio::awaitable<result<std::vector<postgres_notice>>> take(std::chrono::nanoseconds budget);

private:
    struct session;
    explicit postgres_listener(std::shared_ptr<session> s) noexcept : session_{std::move(s)} {}

    std::shared_ptr<session> session_;
};

} // namespace watertight::stores
