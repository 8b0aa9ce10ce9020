#include "scenarios/lab/dittofeed/handlers.hpp"

#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

namespace watertight::lab::dittofeed {

using nlohmann::json;

static constexpr std::string_view channel_prefix = "workspace:";

// {"subscribe": "workspace:<id>"}, which has to be the session's own. With the defect it decides.
static std::string
subscribe(call const& c, std::string const& own, live_feed& feed, std::string const& message)
{
    auto const body = json::parse(message, nullptr, false);
    auto const channel = body.is_object() ? body.value("subscribe", "") : std::string{};
    if (!channel.starts_with(channel_prefix)) return {};
    auto const id = channel.substr(channel_prefix.size());
    if (id != own && !c.faults().on("A26")) return {};
    // With the defect of Q3 all workspaces share one topic, and each consumer has all of it.
    auto const is_shared = c.faults().on("Q3");
    feed.wants = [=](event const& what) { return is_shared || what.tenant_id == id; };
    for (auto const& past : c.process().events.history()) {
        if (past.tenant_id == id || c.faults().on("A28")) feed.at_first.push_back(past.text);
    }
    return json{{"subscribed", channel}}.dump();
}

static asio::awaitable<response> listen(call& c)
{
    auto const upgrade = c.in.header("Upgrade").value_or("");
    if (upgrade != "websocket") {
        throw refusal{426, "UPGRADE_REQUIRED", "this is for WebSockets"};
    }
    auto const core = co_await asio::this_coro::executor;
    auto const keeps = std::make_shared<call>(c);
    live_feed feed{
        .from = c.process().events.listen(core),
        .wants = [](event const&) { return false; },
        .on_message = [keeps](
                          live_feed& to, std::string const& message
                      ) { return subscribe(*keeps, keeps->on->id, to, message); }};
    response out;
    out.feed = std::make_shared<live_feed>(std::move(feed));
    co_return out;
}

void add_live(routes& to)
{
    to.add("GET", "/api/live", {access::member, listen});
}

} // namespace watertight::lab::dittofeed
