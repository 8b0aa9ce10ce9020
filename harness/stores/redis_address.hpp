#pragma once

#include "harness/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace watertight::stores {

struct redis_address {
    /// Of a Unix socket; then `host` and `port` do not matter.
    std::string path;
    std::string host;
    std::uint16_t port = 6379;
    std::string user;
    std::string password;
    /// Nothing: the URL names none, and the server takes its first, 0.
    std::optional<unsigned> database{};

    /// "redis host:port/database", without credentials.
    std::string describe() const;
};

/// redis://[user:password@]host[:port][/database] or unix://[user:password@]/path[?db=database].
/// The failure does not repeat the password.
result<redis_address> parse_redis_address(std::string const& url);

} // namespace watertight::stores
