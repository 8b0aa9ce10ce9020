#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/user_integers/credentials.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::user_integers {

using nlohmann::json;

static constexpr char const* user_json =
    "json_build_object('id', id, 'tenant_id', tenant_id, 'username', username, 'role', role, "
    "'created_at', created_at, 'updated_at', updated_at)";

static std::optional<std::string> read_role(json const& body)
{
    auto const role = text_member(body, "role", 16);
    if (role && role != "admin" && role != "user") {
        throw refusal{400, "VALIDATION", "role is admin or user"};
    }
    return role;
}

static std::optional<std::string> read_password(json const& body)
{
    auto const password = text_member(body, "password", 1024);
    if (password && password->size() < 8) {
        throw refusal{422, "PASSWORD_POLICY", "the password needs 8 characters"};
    }
    return password;
}

static refusal name_taken()
{
    return {409, "USERNAME_TAKEN", "the tenant has a user of this name"};
}

// The connection is the tenant's, and so are the rows that it shows.
static asio::awaitable<response> list_users(call& c)
{
    page_query what{
        .name = "users",
        .item = user_json,
        .table = "users",
        .where = "tenant_id = current_tenant()",
        .values = {},
    };
    auto const window = read_window(c.in);
    auto const rows = co_await query(c, page_sql(what, window), std::move(what.values));
    auto const& row = rows.values[0];
    co_return page_response(what.name, row[1].value(), row[0].value(), window);
}

// A user may look at itself, an administrator at everybody in the tenant.
static std::string visible_id(call const& c)
{
    auto id = c.id_parameter("id");
    if (!c.is_admin() && id != c.user_id) not_found();
    return id;
}

static asio::awaitable<response> get_user(call& c)
{
    auto const id = visible_id(c);
    auto const sql = fmt::format(
        "SELECT {} FROM users WHERE tenant_id = current_tenant() AND id = $1", user_json
    );
    // The defect: a cache of results, by the statement and its values. Whose connection it was
    // stands in neither.
    auto const keeps = c.faults().on("K21");
    std::optional<std::string> kept;
    if (keeps) kept = c.process().results.find(sql + id);
    response out;
    if (kept) {
        out.body = std::move(*kept);
        co_return out;
    }
    sql_values values{id};
    auto rows = co_await query(c, sql, std::move(values));
    if (rows.values.empty()) not_found();
    out.body = std::move(rows.values[0][0].value());
    if (keeps) c.process().results.keep(sql + id, out.body);
    co_return out;
}

asio::awaitable<new_user> insert_user(call& c, transaction& tx, std::string tenant_id, json body)
{
    auto const password = read_password(body);
    if (!password) throw refusal{400, "VALIDATION", "password is required"};
    new_user out{
        .id = random_uuid(),
        .username = required_text(body, "username"),
        .role = read_role(body).value_or("user"),
        .api_key = random_password() + random_password()};
    // Made from what is at hand, so that it can be shown again.
    if (c.faults().on("L9")) out.api_key = sha256_hex("api-key/" + out.username);
    sql_values values{
        out.id,
        std::move(tenant_id),
        out.username,
        hash_password(*password),
        api_key_digest(c.process(), out.api_key),
        out.role};
    try {
        co_await tx.query(
            "INSERT INTO users (id, tenant_id, username, password_digest, api_key, role) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail != unique_violation) throw;
        throw name_taken();
    }
    co_return out;
}

// Counted under a lock on the tenant's row, so that two creations cannot share the last place.
static asio::awaitable<void> check_room(call const& c, transaction& tx)
{
    auto const rows =
        co_await tx.query("SELECT count(*) FROM users WHERE tenant_id = current_tenant()");
    if (std::stoull(rows.values[0][0].value()) < c.on->users_max) co_return;
    throw refusal{403, "USER_LIMIT_REACHED", "the plan allows no more users"};
}

static std::string lock_tenant_sql(std::string_view id)
{
    return fmt::format(
        "SELECT 1 FROM tenants WHERE id = {} FOR NO KEY UPDATE", stores::quote_literal(id)
    );
}

static asio::awaitable<response> create_user(call& c)
{
    auto const body = read_object(c.in);
    auto owner = c.on->id;
    if (c.faults().on("A15")) owner = text_member(body, "tenant_id", 36).value_or(owner);
    auto opening = set_tenant_sql(owner);
    // Without it others may look at the same last place until one of them has taken it.
    if (!c.faults().on("N1")) opening += lock_tenant_sql(c.on->id);
    auto tx = co_await c.core.main.begin(std::move(opening));
    co_await check_room(c, tx);
    auto const made = co_await insert_user(c, tx, owner, body);
    co_await tx.commit();
    co_return json_response(
        201,
        {{"id", made.id},
         {"tenant_id", c.on->id},
         {"username", made.username},
         {"role", made.role},
         {"api_key", made.api_key}}
    );
}

static asio::awaitable<response> update_user(call& c)
{
    auto const id = c.id_parameter("id");
    auto const body = read_object(c.in);
    auto const role = read_role(body);
    auto const password = read_password(body);
    std::optional<std::string> digest;
    if (password) digest = hash_password(*password);
    sql_values values{id, text_member(body, "username", 255), role, digest};
    stores::postgres_rows rows;
    try {
        rows = co_await query(
            c,
            fmt::format(
                "UPDATE users SET username = coalesce($2, username), role = coalesce($3, role), "
                "password_digest = coalesce($4, password_digest), updated_at = clock_timestamp() "
                "WHERE tenant_id = current_tenant() AND id = $1 RETURNING {}",
                user_json
            ),
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail == unique_violation) throw name_taken();
        throw;
    }
    if (rows.values.empty()) not_found();
    c.process().results.clear();
    if (role) {
        auto key = session_key(c.on->id, id);
        co_await override_sessions(c.core.redis, std::move(key), *role, session_s(c.process()));
    }
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> delete_user(call& c)
{
    auto const id = c.id_parameter("id");
    sql_values values{id};
    auto const rows = co_await query(
        c, "DELETE FROM users WHERE tenant_id = current_tenant() AND id = $1", std::move(values)
    );
    if (rows.affected == 0) not_found();
    c.process().results.clear();
    auto key = session_key(c.on->id, id);
    std::string word{revoked};
    auto const lifetime_s = session_s(c.process());
    co_await override_sessions(c.core.redis, std::move(key), std::move(word), lifetime_s);
    // The user's integers went with the user, and so does what the cache has of them.
    co_await c.core.redis.remove_prefix(fmt::format("{}user:{}:", key_prefix(c.on->id), id));
    response out;
    out.status = 204;
    co_return out;
}

static asio::awaitable<response> rotate_key(call& c)
{
    auto const id = visible_id(c);
    auto const api_key = random_password() + random_password();
    sql_values values{id, api_key_digest(c.process(), api_key)};
    auto const rows = co_await query(
        c,
        "UPDATE users SET api_key = $2, updated_at = clock_timestamp() "
        "WHERE tenant_id = current_tenant() AND id = $1",
        std::move(values)
    );
    if (rows.affected == 0) not_found();
    co_return json_response(200, {{"id", id}, {"api_key", api_key}});
}

void add_users(routes& to)
{
    to.add("GET", "/api/v1/users", {access::admin, list_users});
    to.add("POST", "/api/v1/users", {access::admin, create_user});
    to.add("GET", "/api/v1/users/{id}", {access::user, get_user});
    to.add("PATCH", "/api/v1/users/{id}", {access::admin, update_user});
    to.add("DELETE", "/api/v1/users/{id}", {access::admin, delete_user});
    to.add("POST", "/api/v1/users/{id}/api_key", {access::user, rotate_key});
}

} // namespace watertight::lab::user_integers
