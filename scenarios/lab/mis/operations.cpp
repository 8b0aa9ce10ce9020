#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

static asio::awaitable<response> health(call& c)
{
    co_return json_response(
        200, {{"status", "ok"}, {"dialect", "mis"}, {"faults", c.faults().ids()}}
    );
}

static asio::awaitable<response> metrics(call& c)
{
    response out;
    out.content_type = "text/plain; version=0.0.4";
    out.body = "# TYPE mis_requests_total counter\n# TYPE mis_errors_total counter\n"
               "# TYPE mis_request_seconds_total counter\n";
    for (auto const& [id, u] : c.process().usages.totals()) {
        out.body += fmt::format("mis_requests_total{{tenant=\"{}\"}} {}\n", id, u.requests);
        out.body += fmt::format("mis_errors_total{{tenant=\"{}\"}} {}\n", id, u.errors);
        out.body += fmt::format(
            "mis_request_seconds_total{{tenant=\"{}\"}} {:.6f}\n",
            id,
            static_cast<double>(u.took_us) / 1e6
        );
    }
    co_return out;
}

void add_operations(routes& to)
{
    to.add("GET", "/healthz", {access::anyone, health});
    to.add("GET", "/metrics", {access::platform, metrics});
}

} // namespace watertight::lab::mis
