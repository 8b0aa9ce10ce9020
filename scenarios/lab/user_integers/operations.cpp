#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::user_integers {

static asio::awaitable<response> health(call& c)
{
    co_return json_response(
        200, {{"status", "ok"}, {"dialect", "user-integers"}, {"faults", c.faults().ids()}}
    );
}

void add_operations(routes& to)
{
    to.add("GET", "/healthz", {access::anyone, health});
}

} // namespace watertight::lab::user_integers
