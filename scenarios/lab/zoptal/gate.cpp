#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::zoptal {

static constexpr std::int64_t period_s = 60;

static std::string header_of(request const& in, std::string_view name)
{
    return std::string{in.header(name).value_or("")};
}

static refusal mismatch()
{
    return {403, "TENANT_MISMATCH", "the token is not of this tenant"};
}

// The gateway's question: whose request is it? What it is told here, the services believe.
asio::awaitable<response> authorise(call& c)
{
    response out;
    out.status = 204;
    auto slug = header_of(c.in, "X-Tenant-ID");
    c.on = co_await find_tenant(c.core, std::move(slug));
    // The services themselves say best that there is no such tenant.
    if (!c.on) co_return out;
    auto const token = bearer_of(c.in);
    if (same_secret(token, c.process().admin_token)) {
        out.headers.emplace_back("X-Caller", "platform;admin");
        co_return out;
    }
    auto const claims = c.process().tokens.read(token);
    auto const user = text_claim(claims, "sub");
    if (text_claim(claims, "tenantId") != c.on->id || user.empty()) throw mismatch();
    if (c.on->status != "active" && !c.faults().on("L6")) throw mismatch();
    auto key = session_key(*c.on, user);
    auto const word = co_await c.core.redis.get(std::move(key));
    if (word && *word == revoked && !c.faults().on("J10")) {
        throw refusal{401, "UNAUTHENTICATED", "the user is no longer active"};
    }
    auto const role = word && *word != revoked ? *word : text_claim(claims, "role");
    out.headers.emplace_back("X-Caller", user + ";" + role);
    co_return out;
}

static void read_caller(call& c)
{
    auto const caller = header_of(c.in, "X-Caller");
    auto const at = caller.find(';');
    if (at == std::string::npos) {
        throw refusal{401, "UNAUTHENTICATED", "a valid token is required"};
    }
    c.user_id = caller.substr(0, at);
    c.role = caller.substr(at + 1);
    c.by_platform = c.user_id == "platform";
}

// Requests of the tenant within the minute.
static asio::awaitable<allowance> count_request(call& c)
{
    auto const now = now_s();
    auto const scale = c.process().asked.rate_scale;
    auto const limit =
        static_cast<std::uint64_t>(static_cast<double>(c.on->on_plan->requests_per_minute) * scale);
    auto key = c.on->key("rate:" + std::to_string(now / period_s));
    if (c.faults().on("N8")) key = "zoptal:rate:" + std::to_string(now / period_s);
    std::vector<redis_words> commands;
    commands.push_back({"INCR", key});
    commands.push_back({"EXPIRE", key, std::to_string(2 * period_s)});
    auto const replies = co_await c.core.redis.pipeline(std::move(commands));
    allowance const used{
        limit, static_cast<std::uint64_t>(replies[0].integer), period_s - now % period_s};
    check_rate(used, "the tenant has used up its requests for this minute");
    co_return used;
}

static void require_platform(call& c)
{
    auto const token = bearer_of(c.in);
    if (!same_secret(token, c.process().admin_token)) {
        throw refusal{401, "UNAUTHENTICATED", "for the platform's administrator alone"};
    }
    c.by_platform = true;
}

static asio::awaitable<response> run_for_tenant(call& c, endpoint to)
{
    auto slug = header_of(c.in, "X-Tenant-ID");
    auto const is_default = slug == "default";
    c.on = co_await find_tenant(c.core, std::move(slug));
    // The gateway may send a request here that finds the former release back.
    if (!c.on && is_default) {
        require_platform(c);
        co_return co_await serve_default(c, to.run);
    }
    if (!c.on) throw refusal{404, "TENANT_NOT_FOUND", "this host belongs to no tenant"};
    if (c.on->status != "active" && !c.faults().on("L6")) {
        throw refusal{403, "TENANT_NOT_ACTIVE", "the tenant is not active"};
    }
    if (to.who != access::visitor) read_caller(c);
    if (to.who == access::admin && !c.is_admin()) {
        throw refusal{403, "FORBIDDEN", "for administrators of the tenant alone"};
    }
    auto const used = co_await count_request(c);
    response out;
    if (is_default) {
        out = co_await serve_default(c, to.run);
    } else {
        out = co_await to.run(c);
    }
    add_limits(out, used);
    co_return out;
}

// Counted, whatever becomes of it; a deletion of the tenant waits for it.
static asio::awaitable<response> admit_tenants(call& c, endpoint to)
{
    auto const began = std::chrono::steady_clock::now();
    auto const slug = header_of(c.in, "X-Tenant-ID");
    presence const here{c.process().tenants.in_flight(slug)};
    response out;
    try {
        out = co_await run_for_tenant(c, to);
    } catch (refusal const& r) {
        out = to_response(r);
    }
    auto const took = std::chrono::steady_clock::now() - began;
    auto const took_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    if (c.on) {
        c.process().usages.add(
            c.on->slug, today(), out.status, static_cast<std::uint64_t>(took_us)
        );
    }
    co_return out;
}

asio::awaitable<response> admit(call& c, endpoint to)
{
    if (!same_secret(header_of(c.in, "X-Gateway-Key"), c.process().gateway_key)) {
        throw refusal{403, "FORBIDDEN", "the services answer the gateway alone"};
    }
    switch (to.who) {
    case access::gateway:
        break;
    case access::platform:
    case access::original:
        require_platform(c);
        break;
    case access::visitor:
    case access::user:
    case access::admin:
        co_return co_await admit_tenants(c, to);
    }
    co_return co_await to.run(c);
}

} // namespace watertight::lab::zoptal
