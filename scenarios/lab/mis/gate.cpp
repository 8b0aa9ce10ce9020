#include "scenarios/lab/mis/gate.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr std::string_view host_suffix = ".mis.local";

tenant_names read_tenant_names(request const& in)
{
    tenant_names out;
    for (auto const& [name, value] : in.headers) {
        if (iequals(name, "X-Tenant-ID")) out.ids.push_back(to_lower(trim(value)));
        if (iequals(name, "X-Tenant-Slug")) out.slugs.emplace_back(trim(value));
        if (!iequals(name, "Host")) continue;
        auto const host = to_lower(std::string_view{value}.substr(0, value.find(':')));
        if (!host.ends_with(host_suffix) || host == "api.mis.local") continue;
        out.hosts.push_back(host.substr(0, host.size() - host_suffix.size()));
    }
    for (auto const& [name, value] : in.query)
        if (name == "tenant") out.queries.push_back(value);
    return out;
}

bool all_name(tenant_names const& names, tenant const& t)
{
    auto const is_id = [&](std::string const& s) { return s == t.id; };
    auto const is_slug = [&](std::string const& s) { return s == t.slug; };
    auto const is_host = [&](std::string const& s) { return s == t.slug || s == t.subdomain; };
    return std::ranges::all_of(names.ids, is_id) && std::ranges::all_of(names.slugs, is_slug) &&
           std::ranges::all_of(names.hosts, is_host) && std::ranges::all_of(names.queries, is_slug);
}

struct token_claims {
    std::string tenant_id;
    std::string tenant_slug;
    std::string user_id;
    std::string role;
};

static token_claims read_claims(process_state const& process, std::string const& token)
{
    auto const claims = process.tokens.read(token);
    token_claims out{
        text_claim(claims, "tenantId"),
        text_claim(claims, "tenantSlug"),
        text_claim(claims, "sub"),
        text_claim(claims, "role")};
    if (out.user_id.empty()) {
        throw refusal{401, "UNAUTHENTICATED", "the token names no user"};
    }
    return out;
}

// With the defect, who belongs to no tenant belongs to the one that was there first.
static asio::awaitable<std::string> default_tenant(call& c)
{
    if (!c.faults().on("J03")) {
        throw refusal{401, "UNAUTHENTICATED", "the token names no tenant"};
    }
    auto const rows = co_await c.core.main.query(
        "SELECT id FROM tenants WHERE status = 'active' ORDER BY created_at LIMIT 1"
    );
    std::string out;
    if (!rows.values.empty()) out = rows.values[0][0].value_or("");
    co_return out;
}

std::string session_key(std::string_view tenant_id, std::string_view user_id)
{
    return fmt::format("tenant:{}:session:{}", tenant_id, user_id);
}

asio::awaitable<void>
override_sessions(call& c, std::string tenant_id, std::string user_id, std::string with)
{
    // No token lives longer than the longest session, so neither need this.
    auto const longest = std::max<std::uint32_t>(14'400, c.process().asked.session_s.value_or(0));
    auto key = session_key(tenant_id, user_id);
    co_await lab::override_sessions(c.core.redis, std::move(key), std::move(with), longest);
}

static refusal mismatch()
{
    return {403, "TENANT_MISMATCH", "the request names more than one tenant, or not the token's"};
}

// The tenant that the request is for: the token's, whatever else the request says.
static asio::awaitable<std::shared_ptr<tenant const>>
tenant_of(call& c, token_claims const& claims, tenant_names& names)
{
    if (c.faults().on("J01") && !names.ids.empty()) {
        auto const id = std::exchange(names.ids, {}).front();
        co_return co_await find_tenant(c.core, id);
    }
    if (c.faults().on("J16") && !names.slugs.empty()) {
        // The check knows slugs as they are written; whatever it does not know, it lets pass.
        auto const known = co_await find_tenant_by_label(c.core, names.slugs.front());
        auto const found = co_await find_tenant_by_label(c.core, to_lower(names.slugs.front()));
        if (!known) names.slugs.clear();
        if (!known && found) co_return found;
    }
    auto& labels = names.hosts.empty() ? names.queries : names.hosts;
    if (c.faults().on("J02") && !labels.empty()) {
        auto const label = std::exchange(labels, {}).front();
        co_return co_await find_tenant_by_label(c.core, label);
    }
    auto const t = co_await find_tenant(c.core, claims.tenant_id);
    if (t && !claims.tenant_slug.empty() && t->slug != claims.tenant_slug) co_return nullptr;
    co_return t;
}

// What became of the user since the token was issued, and the tenant's requests of today.
static asio::awaitable<allowance> check_standing(call& c)
{
    std::string counted_for = c.faults().on("N8") ? "all" : c.on->id;
    if (c.faults().on("N2")) counted_for += ":" + c.user_id;
    standing_keys keys{
        .session = session_key(c.on->id, c.user_id),
        .counter = fmt::format("tenant:{}:rate:{}", counted_for, today())};
    // With the defect, whichever request came last decides for all that wait here.
    if (c.faults().on("X04")) c.process().current.set(c.on);
    auto const now = co_await read_standing(c.core.redis, std::move(keys));
    if (c.faults().on("X04")) c.on = c.process().current.get();

    if (now.session == revoked && !c.faults().on("J10")) {
        throw refusal{401, "UNAUTHENTICATED", "the user is no longer active"};
    }
    if (!now.session.empty() && now.session != revoked) c.role = now.session;
    allowance const used{c.on->requests_per_day, now.requests, 86'400 - now_s() % 86'400};
    check_rate(used, "the tenant has used up its requests for today");
    co_return used;
}

// Not the path: a tenant's log is no place for another's identifiers.
static asio::awaitable<void> audit_refusal(call& c, std::string tenant_id)
{
    auto resource = c.in.method.substr(0, 16) + " of another tenant";
    co_await audit_now(c.core, tenant_id, c.user_id, "access.refused", std::move(resource));
}

static asio::awaitable<bool> is_tenant(call& c, std::string id)
{
    auto const t = co_await find_tenant(c.core, std::move(id));
    co_return t != nullptr;
}

// With the defect all answers of a core are put together in one buffer, and this waits meanwhile.
static asio::awaitable<void> count_bytes(call& c, response& out)
{
    auto& buffer = c.core.shared.buffer;
    buffer = std::move(out.body);
    redis_words words{
        "INCRBY", fmt::format("tenant:{}:bytes", c.on->id), std::to_string(buffer.size())};
    co_await c.core.redis.command(std::move(words));
    out.body = buffer;
}

static asio::awaitable<response> run_for_user(call& c, endpoint to)
{
    auto const used = co_await check_standing(c);
    if (to.who == access::platform && !c.faults().on("A21")) {
        throw refusal{403, "FORBIDDEN", "for the platform alone"};
    }
    auto const named = to.who == access::own_tenant || to.who == access::own_tenant_admin;
    if (named && to_lower(c.parameter("tenantId")) != c.on->id) {
        auto const other = to_lower(c.parameter("tenantId"));
        auto is_misled = c.faults().on("X10") && is_uuid(other);
        if (is_misled) is_misled = co_await is_tenant(c, other);
        co_await audit_refusal(c, is_misled ? other : c.on->id);
        not_found();
    }
    auto const for_admin = to.who == access::admin || to.who == access::own_tenant_admin;
    if (for_admin && !c.is_admin()) {
        throw refusal{403, "FORBIDDEN", "for administrators of the tenant alone"};
    }
    auto out = co_await to.run(c);
    if (c.faults().on("X05")) co_await count_bytes(c, out);
    add_limits(out, used);
    co_return out;
}

// With the defect a browser's event source, which cannot send a token, is let in by name.
static asio::awaitable<response> admit_listener(call& c, endpoint to)
{
    auto const names = read_tenant_names(c.in);
    if (names.ids.empty()) throw refusal{400, "TENANT_REQUIRED", "X-Tenant-ID is required"};
    c.on = co_await find_tenant(c.core, names.ids.front());
    if (!c.on) not_found();
    co_return co_await to.run(c);
}

// With the defect nobody cleared what the worker knew of the request before.
static asio::awaitable<response> admit_leftover(call& c, endpoint to)
{
    auto const& last = c.core.shared.last;
    if (!last.on) throw refusal{401, "UNAUTHENTICATED", "a bearer token is required"};
    c.on = last.on;
    c.user_id = last.user_id;
    c.role = last.role;
    co_return co_await run_for_user(c, to);
}

// With the defect what services tell each other is believed of whoever says it.
static asio::awaitable<void> act_on_behalf(call& c)
{
    auto const named = to_lower(c.in.header("X-On-Behalf-Of").value_or(""));
    if (!is_uuid(named)) co_return;
    sql_values values{named};
    auto const rows = co_await c.core.main.query(
        "SELECT tenant_id, role FROM users WHERE id = $1 AND deleted_at IS NULL", std::move(values)
    );
    if (rows.values.empty()) co_return;
    auto const found = co_await find_tenant(c.core, rows.values[0][0].value());
    if (!found) co_return;
    c.on = found;
    c.user_id = named;
    c.role = rows.values[0][1].value();
}

static asio::awaitable<response> admit_user(call& c, endpoint to, std::string token)
{
    auto const began = std::chrono::steady_clock::now();
    auto claims = read_claims(c.process(), token);
    if (claims.tenant_id.empty()) claims.tenant_id = co_await default_tenant(c);
    auto names = read_tenant_names(c.in);
    presence const here{c.process().tenants.in_flight(claims.tenant_id)};
    c.on = co_await tenant_of(c, claims, names);
    if (!c.on) throw refusal{401, "UNAUTHENTICATED", "the token's tenant does not exist"};
    c.user_id = claims.user_id;
    c.role = claims.role;
    if (c.faults().on("J14")) co_await act_on_behalf(c);
    if (c.faults().on("X01")) c.core.shared.last = {c.on, c.user_id, c.role};

    auto const id = c.on->id;
    response out;
    try {
        if (!all_name(names, *c.on) && c.user_id == claims.user_id) throw mismatch();
        if (!c.on->is_active() && !c.faults().on("L6")) {
            throw refusal{403, "TENANT_SUSPENDED", "the tenant is suspended"};
        }
        out = co_await run_for_user(c, to);
    } catch (refusal const& r) {
        out = to_response(r);
    }
    if (out.status == 403 && out.body.find("TENANT_MISMATCH") != std::string::npos) {
        co_await audit_refusal(c, id);
    }
    auto const took = std::chrono::steady_clock::now() - began;
    auto const took_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    auto const counted = c.faults().on("N11") ? std::string{"all"} : id;
    c.process().usages.add(counted, today(), out.status, static_cast<std::uint64_t>(took_us));
    co_return out;
}

static asio::awaitable<response> admit_platform(call& c, endpoint to)
{
    c.by_platform = true;
    auto const named = to.who == access::own_tenant || to.who == access::own_tenant_admin;
    if (!named && to.who != access::platform) {
        throw refusal{401, "UNAUTHENTICATED", "a tenant's token is required"};
    }
    if (!named) co_return co_await to.run(c);

    auto const id = c.id_parameter("tenantId");
    presence const here{c.process().tenants.in_flight(id)};
    c.on = co_await find_tenant(c.core, id);
    if (!c.on || c.on->status == "deleting") not_found();
    co_return co_await to.run(c);
}

asio::awaitable<response> admit(call& c, endpoint to)
{
    if (to.who == access::anyone) co_return co_await to.run(c);
    if (c.faults().on("X01") && !c.in.header("Authorization")) {
        co_return co_await admit_leftover(c, to);
    }
    if (c.faults().on("A29") && c.in.path.ends_with("/events")) {
        co_return co_await admit_listener(c, to);
    }
    auto token = bearer_of(c.in);
    if (same_secret(token, c.process().admin_token)) co_return co_await admit_platform(c, to);
    co_return co_await admit_user(c, to, std::move(token));
}

} // namespace watertight::lab::mis
