#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::user_integers {

using nlohmann::json;

static constexpr char const* tenant_json =
    "json_build_object('id', id, 'name', name, 'subdomain', subdomain, 'plan_type', plan_type, "
    "'max_users', max_users, 'max_api_calls_per_month', max_api_calls_per_month, "
    "'status', status, 'created_at', created_at, 'updated_at', updated_at)";

static bool is_label(std::string_view s)
{
    auto const fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !s.empty() && s.size() <= 63 && s.front() != '-' && std::ranges::all_of(s, fits);
}

static std::optional<std::string> positive(json const& body, std::string_view name)
{
    auto const value = integer_member(body, name);
    if (!value) return std::nullopt;
    if (*value < 1) throw refusal{400, "VALIDATION", fmt::format("{} is out of range", name)};
    return std::to_string(*value);
}

static std::optional<std::string> read_plan(json const& body)
{
    auto const name = text_member(body, "plan_type", 16);
    if (name && find_by_name(plans, *name) == nullptr) {
        throw refusal{400, "VALIDATION", "plan_type is free, pro or enterprise"};
    }
    return name;
}

static asio::awaitable<void> insert_tenant(transaction& tx, sql_values values)
{
    try {
        co_await tx.query(
            "INSERT INTO tenants (id, name, subdomain, plan_type, max_users, "
            "max_api_calls_per_month) VALUES ($1, $2, $3, $4, $5, $6)",
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail != unique_violation) throw;
        throw refusal{409, "SUBDOMAIN_TAKEN", "a tenant with this subdomain exists"};
    }
}

static asio::awaitable<response> create_tenant(call& c)
{
    auto const body = read_object(c.in);
    auto const subdomain = required_text(body, "subdomain", 63);
    if (!is_label(subdomain) || subdomain == "api") {
        throw refusal{400, "VALIDATION", "subdomain is lower-case letters, digits and '-'"};
    }
    auto const id = random_uuid();
    auto const plan_type = read_plan(body).value_or("free");
    sql_values values{
        id,
        required_text(body, "name"),
        subdomain,
        plan_type,
        positive(body, "max_users"),
        positive(body, "max_api_calls_per_month")};
    json out{{"id", id}, {"subdomain", subdomain}, {"plan_type", plan_type}, {"status", "active"}};

    auto tx = co_await c.core.main.begin(set_tenant_sql(id));
    co_await insert_tenant(tx, std::move(values));
    if (auto const admin = body.find("admin"); admin != body.end() && admin->is_object()) {
        auto first = *admin;
        first["role"] = "admin";
        auto const made = co_await insert_user(c, tx, id, std::move(first));
        out["admin"] = {{"id", made.id}, {"username", made.username}, {"api_key", made.api_key}};
    }
    co_await tx.commit();
    co_return json_response(201, out);
}

static asio::awaitable<response> show_tenant(call& c, std::string id)
{
    sql_values values{std::move(id)};
    auto rows = co_await c.core.main.query(
        fmt::format("SELECT {} FROM tenants WHERE id = $1", tenant_json), std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> get_tenant(call& c)
{
    auto id = c.id_parameter("id");
    co_return co_await show_tenant(c, std::move(id));
}

static asio::awaitable<response> get_own_tenant(call& c)
{
    co_return co_await show_tenant(c, c.on->id);
}

static asio::awaitable<response> patch_tenant(call& c)
{
    auto const id = c.id_parameter("id");
    auto const body = read_object(c.in);
    auto const status = text_member(body, "status", 16);
    if (status && status != "active" && status != "suspended" && status != "cancelled") {
        throw refusal{400, "VALIDATION", "status is active, suspended or cancelled"};
    }
    sql_values values{
        id,
        text_member(body, "name", 255),
        status,
        read_plan(body),
        positive(body, "max_users"),
        positive(body, "max_api_calls_per_month")};
    auto rows = co_await c.core.main.query(
        fmt::format(
            "UPDATE tenants SET name = coalesce($2, name), status = coalesce($3, status), "
            "plan_type = coalesce($4, plan_type), max_users = coalesce($5, max_users), "
            "max_api_calls_per_month = coalesce($6, max_api_calls_per_month), "
            "updated_at = clock_timestamp() WHERE id = $1 AND status <> 'deleting' RETURNING {}",
            tenant_json
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    c.process().tenants.forget(id);
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

// Until nobody is inside, so that nothing is written after the purge.
static asio::awaitable<void> wait_until_empty(call& c, std::string id)
{
    auto const inside = c.process().tenants.in_flight(id);
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (*inside > 0 && std::chrono::steady_clock::now() < end)
        co_await pause(std::chrono::milliseconds{1});
}

static asio::awaitable<response> delete_tenant(call& c)
{
    auto const id = c.id_parameter("id");
    sql_values const values{id};
    auto const marked = co_await c.core.main.query(
        "UPDATE tenants SET status = 'deleting' WHERE id = $1 AND status <> 'deleting'", values
    );
    c.process().tenants.forget(id);
    if (marked.affected == 0) not_found();
    co_await wait_until_empty(c, id);

    c.process().calls.forget(id);
    co_await c.core.main.query("DELETE FROM tenants WHERE id = $1", values);
    c.process().tenants.forget(id);
    if (!c.faults().on("L1")) co_await c.core.redis.remove_prefix(key_prefix(id));
    response out;
    out.status = 204;
    co_return out;
}

void add_tenants(routes& to)
{
    to.add("POST", "/api/v1/admin/tenants", {access::platform, create_tenant});
    to.add("GET", "/api/v1/admin/tenants/{id}", {access::platform, get_tenant});
    to.add("PATCH", "/api/v1/admin/tenants/{id}", {access::platform, patch_tenant});
    to.add("DELETE", "/api/v1/admin/tenants/{id}", {access::platform, delete_tenant});
    to.add("GET", "/api/v1/tenant", {access::user, get_own_tenant});
}

} // namespace watertight::lab::user_integers
