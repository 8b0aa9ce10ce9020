#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/cached_entry.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::user_integers {

using nlohmann::json;

static constexpr char const* integer_json =
    "json_build_object('id', id, 'tenant_id', tenant_id, 'user_id', user_id, 'value', value, "
    "'pinned', pinned, 'created_at', created_at, 'updated_at', updated_at)";

// $1 is the tenant, $2 the user, $3 the integer.
static constexpr char const* own_integer = "tenant_id = $1 AND user_id = $2 AND id = $3";
static constexpr char const* anybodys_integer =
    "$1::uuid IS NOT NULL AND $2::uuid IS NOT NULL AND id = $3";

static cache_keys integer_keys(call const& c, std::string_view id)
{
    if (c.faults().on("K01")) {
        return {fmt::format("integer:{}", id), fmt::format("claim:{}", id)};
    }
    auto const prefix = fmt::format("{}user:{}:", key_prefix(c.on->id), c.user_id);
    return {fmt::format("{}integer:{}", prefix, id), fmt::format("{}claim:{}", prefix, id)};
}

static std::int64_t required_value(json const& body)
{
    auto const value = integer_member(body, "value");
    if (!value) throw refusal{400, "VALIDATION", "value is required"};
    return *value;
}

static asio::awaitable<response> list_integers(call& c)
{
    page_query what{
        .name = "user_integers",
        .item = integer_json,
        .table = "user_integers",
        .where = "tenant_id = $1 AND user_id = $2",
        .values = {c.on->id, c.user_id},
    };
    if (auto const value = c.in.query_value("value")) {
        what.values.emplace_back(std::string{*value});
        what.where += " AND value = $3";
        if (c.faults().on("A09"))
            what.where = "$1::uuid IS NOT NULL AND $2::uuid IS NOT NULL AND "
                         "value = $3";
        if (c.faults().on("A37")) {
            what.values.pop_back();
            what.where = fmt::format("tenant_id = $1 AND user_id = $2 AND value = {}", *value);
        }
    } else if (c.faults().on("A05"))
        what.where = "$1::uuid IS NOT NULL AND $2::uuid IS NOT NULL";
    auto const window = read_window(c.in);
    auto const rows = co_await query(c, page_sql(what, window), std::move(what.values));
    auto const& row = rows.values[0];
    co_return page_response(what.name, row[1].value(), row[0].value(), window);
}

// The one that the user has last given, as the system before it had tenants shows it.
static asio::awaitable<response> get_current(call& c)
{
    sql_values values{c.on->id, c.user_id};
    auto rows = co_await query(
        c,
        fmt::format(
            "SELECT {} FROM user_integers WHERE tenant_id = $1 AND user_id = $2 "
            "ORDER BY created_at DESC, id LIMIT 1",
            integer_json
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static response integer_response(std::string body, char const* cache_state)
{
    response out;
    out.body = std::move(body);
    out.headers.emplace_back("X-Cache", cache_state);
    return out;
}

static asio::awaitable<response> get_integer(call& c)
{
    auto const id = c.id_parameter("id");
    cached_entry cached{c.core.redis, integer_keys(c, id)};
    if (auto hit = co_await cached.read()) co_return integer_response(std::move(*hit), "HIT");

    sql_values values{c.on->id, c.user_id, id};
    auto rows = co_await query(
        c,
        fmt::format(
            "SELECT {} FROM user_integers WHERE {}",
            integer_json,
            c.faults().on("A01") ? anybodys_integer : own_integer
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto body = std::move(rows.values[0][0].value());
    co_await cached.fill(body);
    co_return integer_response(std::move(body), "MISS");
}

static asio::awaitable<response> create_integer(call& c)
{
    auto const value = required_value(read_object(c.in));
    sql_values values{random_uuid(), c.on->id, c.user_id, std::to_string(value)};
    auto rows = co_await query(
        c,
        fmt::format(
            "INSERT INTO user_integers (id, tenant_id, user_id, value) VALUES ($1, $2, $3, $4) "
            "RETURNING {}",
            integer_json
        ),
        std::move(values)
    );
    response out;
    out.status = 201;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

// Exactly this user's entry; with the defect, what everybody has in the cache.
static asio::awaitable<void> invalidate(call& c, std::string id)
{
    if (c.faults().on("K09")) co_return;
    if (c.faults().on("K10")) {
        redis_words words{"FLUSHDB"};
        co_await c.core.redis.command(std::move(words));
        co_return;
    }
    cached_entry cached{c.core.redis, integer_keys(c, id)};
    co_await cached.invalidate();
}

// `set` may speak of $4 and beyond, which `more` gives.
static asio::awaitable<response>
change_integer(call& c, std::string id, char const* set, char const* scope, sql_values more)
{
    sql_values values{c.on->id, c.user_id, id};
    values.insert(values.end(), more.begin(), more.end());
    auto rows = co_await query(
        c,
        fmt::format(
            "UPDATE user_integers SET {}, updated_at = clock_timestamp() WHERE {} RETURNING {}",
            set,
            scope,
            integer_json
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_await invalidate(c, id);
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> update_integer(call& c)
{
    auto const id = c.id_parameter("id");
    sql_values more{std::to_string(required_value(read_object(c.in)))};
    auto const* const scope = c.faults().on("A02") ? anybodys_integer : own_integer;
    co_return co_await change_integer(c, id, "value = $4", scope, std::move(more));
}

static asio::awaitable<response> delete_integer(call& c)
{
    auto const id = c.id_parameter("id");
    sql_values values{c.on->id, c.user_id, id};
    auto const rows = co_await query(
        c,
        fmt::format(
            "DELETE FROM user_integers WHERE {}",
            c.faults().on("A03") ? anybodys_integer : own_integer
        ),
        std::move(values)
    );
    if (rows.affected == 0) not_found();
    co_await invalidate(c, id);
    response out;
    out.status = 204;
    co_return out;
}

// What a user wants to have at hand.
static asio::awaitable<response> pin_integer(call& c)
{
    auto const id = c.id_parameter("id");
    auto const* const scope = c.faults().on("A35") ? anybodys_integer : own_integer;
    sql_values none;
    co_return co_await change_integer(c, id, "pinned = true", scope, std::move(none));
}

static asio::awaitable<response> ask_for(call& c, std::string what, char const* scope)
{
    sql_values values{c.on->id, c.user_id, c.id_parameter("id")};
    auto rows = co_await query(
        c, fmt::format("SELECT {} FROM user_integers WHERE {}", what, scope), std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

// Whether it is there, without its value.
static asio::awaitable<response> head_integer(call& c)
{
    auto const* const scope = c.faults().on("A13") ? anybodys_integer : own_integer;
    co_await ask_for(c, "id", scope);
    co_return response{};
}

// As the next version of the interface will show it. Nobody is told of it yet.
static asio::awaitable<response> get_as_next(call& c)
{
    auto const* const scope = c.faults().on("A12") ? anybodys_integer : own_integer;
    co_return co_await ask_for(
        c, "json_build_object('integer', json_build_object('id', id, 'value', value))", scope
    );
}

void add_integers(routes& to)
{
    to.add("GET", "/api/v2/user_integers/{id}", {access::user, get_as_next});
    to.add("HEAD", "/api/v1/user_integers/{id}", {access::user, head_integer});
    to.add("POST", "/api/v1/user_integers/{id}/pin", {access::user, pin_integer});
    to.add("GET", "/api/v1/user_integer", {access::user, get_current});
    to.add("GET", "/api/v1/user_integers", {access::user, list_integers});
    to.add("POST", "/api/v1/user_integers", {access::user, create_integer});
    to.add("GET", "/api/v1/user_integers/{id}", {access::user, get_integer});
    to.add("PUT", "/api/v1/user_integers/{id}", {access::user, update_integer});
    to.add("PATCH", "/api/v1/user_integers/{id}", {access::user, update_integer});
    to.add("DELETE", "/api/v1/user_integers/{id}", {access::user, delete_integer});
}

} // namespace watertight::lab::user_integers
