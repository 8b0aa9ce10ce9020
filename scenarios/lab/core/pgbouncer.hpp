#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/process.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace watertight::lab {

/// What a pooler is made with.
struct pooler_options {
    struct login {
        std::string user;
        std::string password;
    };
    /// Who may connect, to any database; each is the same user with the same password behind it.
    std::vector<login> logins;
    /// Connections to the server for each pair of user and database.
    std::size_t pool_size = 8;
};

/// A PgBouncer of our own in front of a private PostgreSQL: loopback, passwords by SCRAM on both
/// sides, transaction mode, so that whoever begins the next transaction gets whichever connection
/// is free, with whatever the last one left on it.
class private_pgbouncer {
public:
    /// Starts it. `server` must have been started. Call from the main thread.
    /// @throws run_error if the program is missing.
    private_pgbouncer(
        std::string const& folder, private_postgres const& server, pooler_options options
    );

    /// Waits until the first login reaches `database` through it. @throws run_error with the end
    /// of its log.
    asio::awaitable<void> ready(std::string database);

    /// postgres://user:password@127.0.0.1:port/database for one of the logins.
    std::string url(std::string const& user, std::string const& database) const;

private:
    std::string folder_;
    pooler_options options_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

} // namespace watertight::lab
