#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/process.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace watertight::lab {

/// A PostgreSQL server of our own: loopback and a Unix socket, passwords by SCRAM, no durability.
class private_postgres {
public:
    /// Begins to make the cluster; `start` waits for it.
    /// @throws run_error if the programs are missing.
    explicit private_postgres(std::string const& folder);

    /// Starts the server and waits until it answers. Call from the main thread.
    /// @throws run_error with the end of the server's log.
    void start();
    /// Waits until the server accepts `superuser`. @throws run_error.
    asio::awaitable<void> ready();

    /// postgres://user:password@127.0.0.1:port/database
    std::string
    url(std::string const& user, std::string const& password, std::string const& database) const;
    std::string superuser_url(std::string const& database) const;

private:
    std::string folder_;
    std::string socket_folder_;
    std::string password_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

/// A Redis server of our own: loopback, a password, nothing written to disk.
class private_redis {
public:
    explicit private_redis(std::string const& folder);

    asio::awaitable<void> ready();
    /// redis://default:password@127.0.0.1:port; redis-cli takes it as well.
    std::string url() const;

private:
    std::string folder_;
    std::string password_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

/// A password of hexadecimal digits, fit for a URL.
std::string random_password();

} // namespace watertight::lab
