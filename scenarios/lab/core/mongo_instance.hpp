#pragma once

#include "scenarios/lab/core/instances.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace watertight::lab {

/// A MongoDB-wire server of our own on loopback, with passwords: the `mongod` on the PATH, else
/// `watertight-mongo-server` beside this program, whose store is the private PostgreSQL before it.
class private_mongo final : public private_server {
public:
    /// @throws run_error if neither program is there.
    private_mongo(std::string const& folder, private_servers const& earlier);

    void start() override;
    asio::awaitable<void> ready() override;

    /// mongodb://user:password@127.0.0.1:port/?...
    std::string url(std::string const& user, std::string const& password) const;
    /// Sees and changes everything.
    std::string superuser_url() const;
    /// Makes an account for an application: it may make databases and collections, and reads and
    /// writes those. Under mongod that is every database; over PostgreSQL its own alone, and those
    /// that others give to it. Names and passwords of letters, digits and '_'. @throws run_error.
    asio::awaitable<void> add_account(std::string user, std::string password);
    /// True if one account's databases are closed to the others.
    bool separates_accounts() const noexcept { return !is_mongod_; }

private:
    asio::awaitable<void> make_superuser();

    private_postgres const& postgres_;
    std::string folder_;
    std::string password_;
    bool is_mongod_ = false;
    std::string path_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

} // namespace watertight::lab
