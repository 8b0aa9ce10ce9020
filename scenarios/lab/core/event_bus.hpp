#pragma once

#include "harness/net/asio.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace watertight::lab {

/// Something that happened in a tenant.
struct event {
    std::string tenant_id;
    /// JSON.
    std::string text;
};

/// One who listens: on a core of its own choice, told by any.
class subscriber {
public:
    explicit subscriber(asio::any_io_executor core);

    /// Waits for the next event.
    asio::awaitable<event> next();

private:
    friend class event_bus;
    void tell(std::shared_ptr<subscriber> self, event const& what);

    asio::any_io_executor core_;
    asio::steady_timer bell_;
    std::mutex mutex_;
    std::deque<event> told_;
};

/// Tells all who listen what happens. Shared by all cores.
class event_bus {
public:
    void publish(event what);
    std::shared_ptr<subscriber> listen(asio::any_io_executor core);
    /// The last ones.
    std::vector<event> history() const;

private:
    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<subscriber>> listeners_;
    std::deque<event> history_;
};

/// An answer without an end: what is told to one client.
struct live_feed {
    std::shared_ptr<subscriber> from;
    /// Told on connecting.
    std::vector<std::string> at_first{};
    /// Which events the client is told of.
    std::function<bool(event const&)> wants;
    /// On a WebSocket: answers the client's first message, which may change `wants`. Nothing may
    /// be told before it. An empty answer ends the connection.
    std::function<std::string(live_feed&, std::string const&)> on_message{};
};

} // namespace watertight::lab
