#pragma once

#include "scenarios/lab/core/process.hpp"
#include "scenarios/lab/core/servers.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace watertight::lab {

/// A PostgreSQL server of our own: loopback and a Unix socket, passwords by SCRAM, no durability.
class private_postgres final : public private_server {
public:
    /// Begins to make the cluster; `start` waits for it.
    /// @throws run_error if the programs are missing.
    explicit private_postgres(std::string const& folder);

    void start() override;
    asio::awaitable<void> ready() override;

    /// postgres://user:password@127.0.0.1:port/database
    std::string
    url(std::string const& user, std::string const& password, std::string const& database) const;
    std::string superuser_url(std::string const& database) const;
    /// postgres://127.0.0.1:port/database?sslmode=disable: for who has an account of their own.
    std::string address(std::string const& database) const;
    std::string const& superuser_password() const noexcept { return password_; }
    /// On 127.0.0.1; 0 before `start`.
    std::uint16_t port() const noexcept { return port_; }

private:
    std::string folder_;
    std::string socket_folder_;
    std::string password_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

/// A Redis server of our own: loopback, a password, nothing written to disk.
class private_redis final : public private_server {
public:
    explicit private_redis(std::string const& folder);

    asio::awaitable<void> ready() override;
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

/// The account that servers run as which refuse to be root: that of Debian's packages if we are
/// root, else nothing, which is our own.
std::optional<std::string> server_account();

/// The end of a server's log, for messages.
std::string log_tail(std::string const& path);

} // namespace watertight::lab
