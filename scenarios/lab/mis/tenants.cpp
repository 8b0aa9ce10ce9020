#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/cached_entry.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/gate.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr char const* tenant_json =
    "json_build_object('id', id, 'name', name, 'slug', slug, 'domain', domain, "
    "'subdomain', subdomain, 'status', status, 'plan', plan, 'maxUsers', max_users, "
    "'maxStorage', max_storage_gb, 'features', features, 'settings', settings, "
    "'createdAt', created_at, 'updatedAt', updated_at)";

static bool is_label(std::string_view s)
{
    auto const fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !s.empty() && s.size() <= 63 && s.front() != '-' && std::ranges::all_of(s, fits);
}

static plan const& required_plan(std::string const& name)
{
    auto const* const p = find_plan(name);
    if (p == nullptr) {
        throw refusal{400, "VALIDATION", "plan is basic, premium, enterprise or custom"};
    }
    return *p;
}

static std::optional<std::string> positive(json const& body, std::string_view name)
{
    auto const value = integer_member(body, name);
    if (!value) return std::nullopt;
    if (*value < 1 || *value > 1'000'000) {
        throw refusal{400, "VALIDATION", fmt::format("{} is out of range", name)};
    }
    return std::to_string(*value);
}

static std::string object_member(json const& body, char const* name)
{
    auto const at = body.find(name);
    if (at == body.end() || at->is_null()) return "{}";
    if (!at->is_object())
        throw refusal{400, "VALIDATION", fmt::format("{} must be an object", name)};
    return at->dump();
}

struct new_tenant {
    std::string id = random_uuid();
    std::string slug;
    plan const* on_plan = nullptr;
    sql_values values{};
};

static new_tenant read_new_tenant(json const& body)
{
    new_tenant out;
    auto const name = required_text(body, "name");
    out.slug = required_text(body, "slug", 63);
    auto const subdomain = text_member(body, "subdomain", 63).value_or(out.slug);
    if (!is_label(out.slug) || !is_label(subdomain) || out.slug == "api" || subdomain == "api") {
        throw refusal{
            400, "VALIDATION", "slug and subdomain are lower-case letters, digits and '-'"};
    }
    auto const plan_name = text_member(body, "plan", 16).value_or("basic");
    out.on_plan = &required_plan(plan_name);
    out.values = {
        out.id,
        name,
        out.slug,
        text_member(body, "domain", 255),
        subdomain,
        plan_name,
        positive(body, "maxUsers"),
        positive(body, "maxStorage"),
        object_member(body, "features"),
        object_member(body, "settings"),
    };
    return out;
}

asio::awaitable<void>
put_default_configurations(transaction& tx, std::string tenant_id, plan const& p)
{
    sql_values values{std::move(tenant_id), default_configurations(p).dump()};
    co_await tx.query(
        "INSERT INTO tenant_configurations (tenant_id, config_key, config_value) "
        "SELECT $1, key, value FROM jsonb_each($2::jsonb) "
        "ON CONFLICT (tenant_id, config_key) DO UPDATE SET config_value = excluded.config_value, "
        "is_encrypted = false, updated_at = clock_timestamp()",
        std::move(values)
    );
}

static asio::awaitable<void> insert_tenant(transaction& tx, sql_values values)
{
    try {
        co_await tx.query(
            "INSERT INTO tenants (id, name, slug, domain, subdomain, plan, max_users, "
            "max_storage_gb, features, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail != unique_violation) throw;
        throw refusal{409, "SLUG_TAKEN", "a tenant with this slug or subdomain exists"};
    }
}

// The defect: the tenant is there before it is known whether its first user can be.
static asio::awaitable<void> insert_apart(call& c, std::string id, sql_values values)
{
    auto tx = co_await c.core.main.begin(set_tenant_sql(id));
    co_await insert_tenant(tx, std::move(values));
    co_await tx.commit();
}

static asio::awaitable<response> create_tenant(call& c)
{
    auto const body = read_object(c.in);
    auto t = read_new_tenant(body);
    json out{
        {"success", true},
        {"id", t.id},
        {"slug", t.slug},
        {"name", body["name"]},
        {"plan", t.on_plan->name},
        {"status", "active"}};

    auto tx = co_await c.core.main.begin(set_tenant_sql(t.id));
    if (c.faults().on("L5")) {
        co_await insert_apart(c, t.id, std::move(t.values));
    } else {
        co_await insert_tenant(tx, std::move(t.values));
    }
    co_await put_default_configurations(tx, t.id, *t.on_plan);
    if (auto const admin = body.find("admin"); admin != body.end() && admin->is_object()) {
        auto const id = co_await insert_first_admin(tx, t.id, t.on_plan->passwords, *admin);
        out["admin"] = {{"id", id}, {"email", to_lower(admin->at("email").get<std::string>())}};
    }
    tenant made;
    made.id = t.id;
    c.on = std::make_shared<tenant const>(std::move(made));
    audit(tx, c, "tenant.create", "tenant/" + t.id);
    co_await tx.commit();

    std::filesystem::create_directory(c.process().files_folder + "/" + t.id);
    co_return json_response(201, out);
}

static asio::awaitable<response> list_tenants(call& c)
{
    auto const limit = c.in.query_number("limit", 100, 1, 1000);
    auto const offset = c.in.query_number("offset", 0, 0, 1'000'000'000);
    auto const rows = co_await c.core.main.query(fmt::format(
        "SELECT (SELECT count(*) FROM tenants), coalesce(json_agg(item), '[]') FROM "
        "(SELECT {} AS item FROM tenants ORDER BY created_at DESC, id LIMIT {} OFFSET {}) p",
        tenant_json,
        limit,
        offset
    ));
    response out;
    out.body = fmt::format(
        R"({{"tenants":{},"total":{}}})", rows.values[0][1].value(), rows.values[0][0].value()
    );
    co_return out;
}

static asio::awaitable<std::string> read_summary(call& c)
{
    sql_values values{c.on->id};
    auto rows = co_await c.core.main.query(
        fmt::format("SELECT {} FROM tenants WHERE id = $1", tenant_json), std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_return std::move(rows.values[0][0].value());
}

// The defect: kept under the beginning of a name that may be longer.
static asio::awaitable<std::string> cached_summary(call& c)
{
    static constexpr std::size_t key_bytes_max = 32;
    auto const name = c.on->slug.substr(0, key_bytes_max);
    cached_entry cached{c.core.redis, {"summary:" + name, "claim:summary:" + name}};
    auto hit = co_await cached.read();
    if (hit) co_return std::move(*hit);
    auto made = co_await read_summary(c);
    co_await cached.fill(made);
    co_return made;
}

static asio::awaitable<response> get_tenant(call& c)
{
    response out;
    if (c.faults().on("K03")) {
        out.body = co_await cached_summary(c);
    } else {
        out.body = co_await read_summary(c);
    }
    co_return out;
}

// A tenant's own administrator may rename it; what it pays for is the platform's to say.
static void check_may_change(call const& c, json const& body)
{
    if (c.by_platform) return;
    for (auto const* const name : {"status", "plan"})
        if (body.contains(name)) throw refusal{403, "FORBIDDEN", "for the platform alone"};
}

static asio::awaitable<response> patch_tenant(call& c)
{
    auto const body = read_object(c.in);
    check_may_change(c, body);
    auto const status = text_member(body, "status", 16);
    if (status && *status != "active" && *status != "suspended") {
        throw refusal{400, "VALIDATION", "status is active or suspended"};
    }
    auto const plan_name = text_member(body, "plan", 16);
    auto const* const new_plan = plan_name ? &required_plan(*plan_name) : nullptr;
    std::optional<std::string> settings;
    if (body.contains("settings")) settings = object_member(body, "settings");

    auto tx = co_await begin(c);
    sql_values values{c.on->id, text_member(body, "name", 255), status, plan_name, settings};
    auto rows = co_await tx.query(
        fmt::format(
            "UPDATE tenants SET name = coalesce($2, name), status = coalesce($3, status), "
            "plan = coalesce($4, plan), settings = coalesce($5::jsonb, settings), "
            "updated_at = clock_timestamp() WHERE id = $1 AND status <> 'deleting' RETURNING {}",
            tenant_json
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    if (new_plan != nullptr) co_await put_default_configurations(tx, c.on->id, *new_plan);
    audit(tx, c, "tenant.update", "tenant/" + c.on->id);
    co_await tx.commit();
    c.process().tenants.forget(c.on->id);

    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

// Until nobody but this call is inside, so that nothing is written after the purge.
static asio::awaitable<void> wait_until_alone(call& c, std::string id)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    auto const inside = c.process().tenants.in_flight(id);
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (*inside > 1 && std::chrono::steady_clock::now() < end) {
        timer.expires_after(std::chrono::milliseconds{1});
        co_await timer.async_wait(asio::use_awaitable);
    }
}

static asio::awaitable<response> delete_tenant(call& c)
{
    auto const id = c.on->id;
    sql_values values{id};
    auto const marked = co_await c.core.main.query(
        "UPDATE tenants SET status = 'deleting' WHERE id = $1 AND status <> 'deleting'", values
    );
    c.process().tenants.forget(id);
    if (marked.affected == 0) not_found();
    co_await wait_until_alone(c, id);

    co_await c.core.main.query("DELETE FROM tenants WHERE id = $1", values);
    c.process().tenants.forget(id);
    if (c.faults().on("K10")) {
        redis_words words{"FLUSHDB"};
        co_await c.core.redis.command(std::move(words));
    } else if (!c.faults().on("L1")) {
        co_await c.core.redis.remove_prefix(fmt::format("tenant:{}:", id));
    }
    std::filesystem::remove_all(c.process().files_folder + "/" + id);
    c.process().usages.forget(id);
    if (!c.faults().on("L7")) c.process().jobs.erase_all_of(id);
    c.process().webhooks.erase_all_of(id);
    c.process().backups.erase_all_of(id);
    response out;
    out.status = 204;
    co_return out;
}

void add_tenants(routes& to)
{
    to.add("POST", "/api/v1/tenants/create", {access::platform, create_tenant});
    to.add("GET", "/api/v1/tenants", {access::platform, list_tenants});
    to.add("GET", "/api/v1/tenants/{tenantId}", {access::own_tenant, get_tenant});
    to.add("PATCH", "/api/v1/tenants/{tenantId}", {access::own_tenant_admin, patch_tenant});
    to.add("DELETE", "/api/v1/tenants/{tenantId}", {access::own_tenant_admin, delete_tenant});
}

} // namespace watertight::lab::mis
