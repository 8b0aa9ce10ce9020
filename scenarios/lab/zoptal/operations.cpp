// Health, usage against the plan, and what Prometheus scrapes.
#include "scenarios/lab/zoptal/handlers.hpp"

#include <fmt/format.h>

namespace watertight::lab::zoptal {

asio::awaitable<response> health(call& c)
{
    mongo_document ping;
    ping["ping"] = 1;
    co_await c.core.mongo.command(std::string{common_database}, std::move(ping));
    redis_words words{"PING"};
    co_await c.core.redis.command(std::move(words));
    json const out{
        {"status", "ok"},
        {"tenant", c.on->slug},
        {"services", {{"mongodb", "up"}, {"redis", "up"}}}};
    co_return json_response(200, out);
}

static asio::awaitable<response> usage_of_plan(call& c)
{
    auto const& p = *c.on->on_plan;
    std::vector<redis_words> commands;
    for (auto const* const what : {"users", "projects", "storage"}) {
        commands.push_back({"GET", c.on->key(std::string{"quota:"} + what)});
    }
    auto const replies = co_await c.core.redis.pipeline(std::move(commands));
    auto const used = [&](std::size_t i) {
        return replies[i].text.empty() ? 0 : std::stoull(replies[i].text);
    };
    json const out{
        {"plan", p.name},
        {"users", {{"used", used(0)}, {"limit", p.users_max}}},
        {"projects", {{"used", used(1)}, {"limit", p.projects_max}}},
        {"storage", {{"used", used(2)}, {"limit", p.storage_bytes_max}}}};
    co_return json_response(200, out);
}

// What the page to log in at looks like, for everybody; the gateway keeps it for a second.
static asio::awaitable<response> branding(call& c)
{
    auto const given = c.in.header("X-Forwarded-Host");
    std::string const host{given && !given->empty() ? *given : c.in.header("Host").value_or("")};
    json const out{
        {"name", c.on->name},
        {"login", "https://" + host + "/login"},
        {"styles", "https://" + host + "/styles/tenant.css"}};
    auto answer = json_response(200, out);
    answer.headers.emplace_back("Cache-Control", "public, max-age=1");
    co_return answer;
}

// Since the start of the services, a line a tenant.
static asio::awaitable<response> metrics(call& c)
{
    auto const totals = c.process().usages.totals();
    std::string out = "# TYPE zoptal_up gauge\nzoptal_up 1\n";
    out += "# TYPE zoptal_requests_total counter\n";
    for (auto const& [slug, u] : totals) {
        out += fmt::format("zoptal_requests_total{{tenant=\"{}\"}} {}\n", slug, u.requests);
    }
    out += "# TYPE zoptal_errors_total counter\n";
    for (auto const& [slug, u] : totals) {
        out += fmt::format("zoptal_errors_total{{tenant=\"{}\"}} {}\n", slug, u.errors);
    }
    out += "# TYPE zoptal_request_seconds_total counter\n";
    for (auto const& [slug, u] : totals) {
        auto const s = static_cast<double>(u.took_us) / 1e6;
        out += fmt::format("zoptal_request_seconds_total{{tenant=\"{}\"}} {:.6f}\n", slug, s);
    }
    response answer;
    answer.content_type = "text/plain; version=0.0.4";
    answer.body = std::move(out);
    co_return answer;
}

void add_operations(routes& to)
{
    to.add("GET", "/api/health", {access::visitor, health});
    to.add("GET", "/api/branding", {access::visitor, branding});
    to.add("GET", "/api/usage", {access::user, usage_of_plan});
    to.add("GET", "/metrics", {access::platform, metrics});
}

} // namespace watertight::lab::zoptal
