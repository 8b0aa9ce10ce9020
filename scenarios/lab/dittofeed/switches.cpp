#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"
#include "scenarios/lab/dittofeed/migrations.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::dittofeed {

using nlohmann::json;

// What an operator does with a shell and the environment of the service.

static asio::awaitable<response> run_migration(call& c)
{
    auto const body = read_object(c.in);
    auto const way = required_text(body, "direction", 16);
    if (way != "run" && way != "rollback") {
        throw refusal{400, "VALIDATION", "direction is run or rollback"};
    }
    migration_order order{
        .name = required_text(body, "name"),
        .way = way == "run" ? direction::run : direction::roll_back,
        .owner_url = c.process().owner_url,
    };
    auto const changed = co_await migrate(std::move(order), c.faults());
    co_return json_response(200, {{"name", body["name"]}, {"changed", changed}});
}

static bool read_switch(call const& c)
{
    auto const body = read_object(c.in);
    auto const at = body.find("enabled");
    if (at == body.end() || !at->is_boolean()) {
        throw refusal{400, "VALIDATION", "enabled is true or false"};
    }
    return at->get<bool>();
}

static asio::awaitable<response> set_enforcement(call& c)
{
    auto const enabled = read_switch(c);
    c.process().enforces_rls = enabled;
    co_return json_response(200, {{"enabled", enabled}});
}

static asio::awaitable<response> set_cache(call& c)
{
    auto const enabled = read_switch(c);
    c.process().caches = enabled;
    co_return json_response(200, {{"enabled", enabled}});
}

void add_switches(routes& to)
{
    to.add("POST", "/api/admin/migrations", {access::platform, run_migration});
    to.add("POST", "/api/admin/enforcement", {access::platform, set_enforcement});
    to.add("POST", "/api/admin/cache", {access::platform, set_cache});
}

} // namespace watertight::lab::dittofeed
