#include "scenarios/lab/mis/handlers.hpp"

#include <boost/asio/this_coro.hpp>

namespace watertight::lab::mis {

// With the defects the client is trusted to show what is its own, or gets everybody's past.
static asio::awaitable<response> listen_to_events(call& c)
{
    auto const core = co_await asio::this_coro::executor;
    auto const own = [id = c.on->id, all = c.faults().on("A27")](event const& what) {
        return all || what.tenant_id == id;
    };
    live_feed feed{.from = c.process().events.listen(core), .wants = own};
    for (auto const& past : c.process().events.history()) {
        if (own(past) || c.faults().on("A28")) feed.at_first.push_back(past.text);
    }
    response out;
    out.feed = std::make_shared<live_feed>(std::move(feed));
    co_return out;
}

void add_events(routes& to)
{
    to.add("GET", "/api/v1/events", {access::user, listen_to_events});
}

} // namespace watertight::lab::mis
