#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace watertight::lab {

/// Connections of one core, lent one at a time. Waiters are served in order.
///
/// `Connection` is movable and has `is_open()`. Lives on one core and outlives its leases.
template <class Connection>
class pool {
public:
    /// Connects once; called again whenever a connection has to be replaced.
    using opener = std::function<asio::awaitable<result<Connection>>()>;

    /// A borrowed connection; the destructor gives it back.
    class lease {
    public:
        lease(pool& home, std::unique_ptr<Connection> connection)
            : home_(&home), connection_(std::move(connection))
        {
        }

        lease(lease&& other) noexcept
            : home_(other.home_), connection_(std::move(other.connection_))
        {
        }

        lease& operator=(lease&&) = delete;

        ~lease()
        {
            if (connection_) home_->give_back(std::move(connection_));
        }

        Connection& operator*() const noexcept { return *connection_; }
        Connection* operator->() const noexcept { return connection_.get(); }

    private:
        pool* home_;
        std::unique_ptr<Connection> connection_;
    };

    pool(asio::any_io_executor core, std::size_t connections_max, opener open)
        : core_(std::move(core)), connections_max_(connections_max), open_(std::move(open))
    {
    }

    /// Waits for a free connection, or makes one while there are fewer than the maximum.
    asio::awaitable<result<lease>> acquire();

private:
    struct waiter {
        asio::steady_timer bell;
        std::unique_ptr<Connection> given;
        bool may_open = false;
    };

    void give_back(std::unique_ptr<Connection> connection);
    asio::awaitable<result<lease>> open_one();
    void let_another_open();

    asio::any_io_executor core_;
    std::size_t connections_max_;
    std::size_t connections_ = 0;
    opener open_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::deque<std::shared_ptr<waiter>> waiting_;
};

template <class Connection>
auto pool<Connection>::acquire() -> asio::awaitable<result<lease>>
{
    if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        co_return lease{*this, std::move(connection)};
    }
    if (connections_ < connections_max_) {
        ++connections_;
        co_return co_await open_one();
    }
    auto const self = std::make_shared<waiter>(waiter{
        asio::steady_timer{core_, asio::steady_timer::time_point::max()}, nullptr, false});
    waiting_.push_back(self);
    boost::system::error_code rung;
    co_await self->bell.async_wait(asio::redirect_error(asio::use_awaitable, rung));
    if (self->given) co_return lease{*this, std::move(self->given)};
    if (self->may_open) co_return co_await open_one();

    std::erase(waiting_, self);
    co_return failure{errc::exhausted, "the wait for a connection was cancelled", {}};
}

template <class Connection>
auto pool<Connection>::open_one() -> asio::awaitable<result<lease>>
{
    auto opened = co_await open_();
    if (opened) co_return lease{*this, std::make_unique<Connection>(std::move(*opened))};
    let_another_open();
    co_return opened.error();
}

template <class Connection>
void pool<Connection>::let_another_open()
{
    if (waiting_.empty()) {
        --connections_;
        return;
    }
    auto const next = std::move(waiting_.front());
    waiting_.pop_front();
    next->may_open = true;
    next->bell.cancel();
}

template <class Connection>
void pool<Connection>::give_back(std::unique_ptr<Connection> connection)
{
    if (!connection->is_open()) return let_another_open();
    if (waiting_.empty()) {
        idle_.push_back(std::move(connection));
        return;
    }
    auto const next = std::move(waiting_.front());
    waiting_.pop_front();
    next->given = std::move(connection);
    next->bell.cancel();
}

} // namespace watertight::lab
