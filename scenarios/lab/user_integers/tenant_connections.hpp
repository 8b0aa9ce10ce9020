#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/database.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace watertight::lab::user_integers {

/// PostgreSQL as one core sees it, with a pool of connections for each tenant.
///
/// A connection belongs to one tenant, and says so to the server (`app.tenant_id`), so that the
/// row policies admit no other tenant's rows on it. The pools share a maximum: where it is reached,
/// the connection that has been idle longest leaves its pool, forgets all that was set on it, and
/// joins the pool of the tenant that needs one.
class tenant_connections {
public:
    struct settings {
        std::string url;
        std::size_t connections_max = 8;
        /// The defect: a connection that changes pools keeps the former tenant's setting.
        bool keeps_former_tenant = false;
    };

    tenant_connections(asio::any_io_executor core, settings how);

    /// One statement on a connection of the tenant. @throws store_error.
    asio::awaitable<stores::postgres_rows>
    query(std::string tenant_id, std::string sql, sql_values values = {});

private:
    struct connection {
        stores::postgres link;
        std::string tenant_id;
    };
    using owned = std::unique_ptr<connection>;

    struct waiter {
        asio::steady_timer bell;
        owned given;
        bool rung = false;
    };

    /// Gives a connection back to its pool, whatever became of the statement.
    class loan {
    public:
        loan(tenant_connections& home, owned c) : home_(&home), connection_(std::move(c)) {}
        loan(loan&&) noexcept = default;
        loan& operator=(loan&&) = delete;
        ~loan()
        {
            if (connection_) home_->give_back(std::move(connection_));
        }
        connection* operator->() const noexcept { return connection_.get(); }
        /// The link is of no more use.
        void drop();

    private:
        tenant_connections* home_;
        owned connection_;
    };

    asio::awaitable<loan> borrow(std::string tenant_id);
    asio::awaitable<owned> open();
    asio::awaitable<owned> wait_for_one();
    owned take_idle(std::string const& tenant_id);
    void give_back(owned c);
    void lose_one();
    void ring_next(owned c);

    asio::any_io_executor core_;
    settings how_;
    std::size_t connections_ = 0;
    /// The longest idle first.
    std::deque<owned> idle_;
    std::deque<std::shared_ptr<waiter>> waiting_;
};

} // namespace watertight::lab::user_integers
