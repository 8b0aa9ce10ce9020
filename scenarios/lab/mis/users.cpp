#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/cached_entry.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/gate.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr char const* user_json =
    "json_build_object('id', id, 'tenantId', tenant_id, 'name', name, 'email', email, "
    "'role', role, 'bio', bio, 'accountNumber', account_number, "
    "'createdAt', created_at, 'updatedAt', updated_at)";

static cache_keys
user_cache_keys(fault_set const& faults, std::string_view tenant_id, std::string_view id)
{
    if (faults.on("K01")) return {fmt::format("user:{}", id), fmt::format("claim:{}", id)};
    return {
        fmt::format("tenant:{}:user:{}", tenant_id, id),
        fmt::format("tenant:{}:claim:{}", tenant_id, id)};
}

struct user_fields {
    std::optional<std::string> name;
    std::optional<std::string> email;
    std::optional<std::string> bio;
    std::optional<std::string> account_number;
    std::optional<std::string> password_hash;
    std::optional<std::string> role;
    /// What the body says about the tenant. Nothing honours it but a defect.
    std::optional<std::string> claimed_tenant;
};

static user_fields read_fields(call const& c, json const& body)
{
    user_fields out;
    out.name = text_member(body, "name", 255);
    out.email = text_member(body, "email", 255);
    out.bio = text_member(body, "bio", 100'000);
    if (auto const n = integer_member(body, "accountNumber"))
        out.account_number = std::to_string(*n);
    if (out.name && out.name->empty()) throw refusal{400, "VALIDATION", "name is empty"};
    if (out.email) {
        out.email = to_lower(*out.email);
        if (out.email->find('@') == std::string::npos) {
            throw refusal{400, "VALIDATION", "email is no e-mail address"};
        }
    }
    if (auto const password = text_member(body, "password", 1024)) {
        if (auto const why = complaint(c.on->passwords, *password)) {
            throw refusal{422, "PASSWORD_POLICY", *why};
        }
        out.password_hash = hash_password(*password);
    }
    auto const role = text_member(body, "role", 16);
    if (role && c.is_admin()) {
        if (role != "admin" && role != "user")
            throw refusal{400, "VALIDATION", "role is admin or user"};
        out.role = role;
    }
    out.claimed_tenant = text_member(body, "tenantId", 36);
    if (!out.claimed_tenant) out.claimed_tenant = text_member(body, "tenant_id", 36);
    return out;
}

static refusal email_taken()
{
    return {409, "EMAIL_TAKEN", "a user with this e-mail address exists"};
}

static asio::awaitable<response> list_users(call& c)
{
    page_query page{
        .name = "users",
        .item = user_json,
        .table = "users",
        .where = "tenant_id = $1 AND deleted_at IS NULL",
        .values = {c.on->id},
    };
    auto const term = c.in.query_value("q");
    if (term) {
        page.values.emplace_back(std::string{*term});
        page.where += " AND position(lower($2) IN lower(name)) > 0";
    }
    if (term && c.faults().on("A37")) {
        page.values.pop_back();
        page.where =
            fmt::format("tenant_id = $1 AND deleted_at IS NULL AND name ILIKE '%{}%'", *term);
    }
    if (!term && c.faults().on("A05")) page.where = "$1::uuid IS NOT NULL";
    if (c.faults().on("A06") && c.in.query_value("tenant_id")) {
        page.values[0] = std::string{*c.in.query_value("tenant_id")};
    }
    if (c.faults().on("A08")) page.total_where = "$1::uuid IS NOT NULL AND deleted_at IS NULL";
    if (term && c.faults().on("A09")) {
        page.where = "$1::uuid IS NOT NULL AND position(lower($2) IN lower(name)) > 0";
    }
    co_return co_await read_page(c, std::move(page));
}

// What a person gets who asks for a user that is not there, or not theirs.
[[noreturn]] static void refuse_user(bool exists_elsewhere)
{
    if (exists_elsewhere) throw refusal{403, "FORBIDDEN", "the user belongs to another tenant"};
    not_found();
}

static asio::awaitable<void> explain_missing(call& c, std::string id)
{
    if (!c.faults().on("A19") && !c.faults().on("A34")) not_found();

    sql_values values{id};
    auto const rows =
        co_await c.core.main.query("SELECT email FROM users WHERE id = $1", std::move(values));
    if (c.faults().on("A19")) refuse_user(!rows.values.empty());
    if (rows.values.empty()) not_found();
    throw refusal{404, "NOT_FOUND", fmt::format("user {} is {}", id, rows.values[0][0].value())};
}

static std::string read_scope(fault_set const& faults)
{
    if (faults.on("A01")) return "$1::uuid IS NOT NULL AND id = $2 AND deleted_at IS NULL";
    if (faults.on("A22")) return "tenant_id = $1 AND id = $2";
    return "tenant_id = $1 AND id = $2 AND deleted_at IS NULL";
}

static std::string user_item(fault_set const& faults)
{
    if (!faults.on("A18")) return user_json;
    return fmt::format(
        "(({})::jsonb || jsonb_build_object('colleagues', (SELECT jsonb_agg(n) FROM (SELECT name "
        "AS n "
        "FROM users ORDER BY created_at DESC LIMIT 20) newest)))::text",
        user_json
    );
}

static response user_response(std::string body, char const* cache_state)
{
    response out;
    out.body = std::move(body);
    out.headers.emplace_back("X-Cache", cache_state);
    return out;
}

// The defect: that a user is not there is remembered for everybody.
static asio::awaitable<void> check_absence(call& c, std::string id)
{
    redis_words words{"GET", "absent:user:" + id};
    auto const known = co_await c.core.redis.command(std::move(words));
    if (!known.text.empty()) not_found();
}

static asio::awaitable<void> note_absence(call& c, std::string id)
{
    redis_words words{"SET", "absent:user:" + id, "1", "EX", "60"};
    co_await c.core.redis.command(std::move(words));
}

static asio::awaitable<std::string> read_user(call& c, std::string id)
{
    sql_values values{c.on->id, id};
    auto rows = co_await c.core.main.query(
        "SELECT " + user_item(c.faults()) + " FROM users WHERE " + read_scope(c.faults()),
        std::move(values)
    );
    if (rows.values.empty()) {
        if (c.faults().on("K05")) co_await note_absence(c, id);
        co_await explain_missing(c, id);
    }
    co_return std::move(rows.values[0][0].value());
}

// With the defect requests for the same id are one, whoever sends them.
static asio::awaitable<std::string> read_user_once(call& c, std::string id)
{
    merged_reads::read const read = [&c, id] { return read_user(c, id); };
    co_return co_await c.core.shared.flights.run("user:" + id, read);
}

static asio::awaitable<response> get_user(call& c)
{
    auto const id = c.id_parameter("id");
    if (c.faults().on("K05")) co_await check_absence(c, id);
    auto const keys = user_cache_keys(c.faults(), c.on->id, id);
    cached_entry cached{c.core.redis, keys};
    if (c.faults().on("K07")) {
        auto hit = co_await c.core.shared.hasty.get(keys.entry);
        if (hit) co_return user_response(std::move(*hit), "HIT");
    }
    if (auto hit = co_await cached.read()) co_return user_response(std::move(*hit), "HIT");

    auto reading = c.faults().on("K08") ? read_user_once(c, id) : read_user(c, id);
    auto body = co_await std::move(reading);
    co_await cached.fill(body);
    co_return user_response(std::move(body), "MISS");
}

// Counted under a lock on the tenant's row, so that two creations cannot share the last place.
static asio::awaitable<void> check_room(transaction& tx, tenant const& t)
{
    sql_values values{t.id};
    auto const rows = co_await tx.query(
        "SELECT count(*) FROM users WHERE tenant_id = $1 AND deleted_at IS NULL", std::move(values)
    );
    if (std::stoull(rows.values[0][0].value()) >= t.users_max) {
        throw refusal{403, "USER_LIMIT_REACHED", "the plan allows no more users"};
    }
}

static std::string lock_tenant_sql(fault_set const& faults, std::string_view id)
{
    if (faults.on("N1")) return {};
    return fmt::format(
        "SELECT 1 FROM tenants WHERE id = {} FOR NO KEY UPDATE", stores::quote_literal(id)
    );
}

static asio::awaitable<response> create_user(call& c)
{
    auto const body = read_object(c.in);
    auto f = read_fields(c, body);
    if (!f.name || !f.email) throw refusal{400, "VALIDATION", "name and email are required"};

    auto owner = c.on->id;
    if (c.faults().on("A15") && f.claimed_tenant) owner = *f.claimed_tenant;

    auto tx = co_await begin(c, lock_tenant_sql(c.faults(), c.on->id));
    co_await check_room(tx, *c.on);
    auto const id = random_uuid();
    sql_values values{
        id,
        owner,
        f.name,
        f.email,
        f.role.value_or("user"),
        f.bio,
        f.account_number,
        f.password_hash};
    response out;
    out.status = 201;
    try {
        auto rows = co_await tx.query(
            fmt::format(
                "INSERT INTO users (id, tenant_id, name, email, role, bio, account_number, "
                "password_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {}",
                user_json
            ),
            std::move(values)
        );
        out.body = std::move(rows.values[0][0].value());
    } catch (store_error const& e) {
        if (e.detail == unique_violation) throw email_taken();
        throw;
    }
    if (!c.faults().on("X08")) audit(tx, c, "user.create", "user/" + id);
    co_await tx.commit();
    auto told = R"({"event":"user.created","user":)" + out.body + "}";
    c.process().webhooks.publish(owner, told);
    c.process().events.publish({owner, std::move(told)});
    co_return out;
}

static std::string write_scope(call const& c)
{
    auto const unscoped = c.faults().on("A02") || (c.faults().on("A13") && c.in.method == "PUT");
    if (unscoped) return "$1::uuid IS NOT NULL AND id = $2";
    return "tenant_id = $1 AND id = $2 AND deleted_at IS NULL";
}

static std::string update_sql(call const& c, bool moves)
{
    // PUT replaces the whole user, PATCH what it names.
    auto const* const optional_fields = c.in.method == "PUT"
                                            ? "bio = $5, account_number = $6"
                                            : "bio = coalesce($5, bio), "
                                              "account_number = coalesce($6, account_number)";
    return fmt::format(
        "UPDATE users SET name = coalesce($3, name), email = coalesce($4, email), {}, "
        "password_hash = coalesce($7, password_hash), role = coalesce($8, role), "
        "updated_at = clock_timestamp(){} WHERE {} RETURNING {}, tenant_id",
        optional_fields,
        moves ? ", tenant_id = $9" : "",
        write_scope(c),
        user_json
    );
}

static asio::awaitable<response> update_user(call& c)
{
    auto const id = c.id_parameter("id");
    auto f = read_fields(c, read_object(c.in));
    if (c.in.method == "PUT" && (!f.name || !f.email)) {
        throw refusal{400, "VALIDATION", "name and email are required"};
    }
    if (f.password_hash && !c.is_admin() && id != c.user_id) {
        throw refusal{403, "FORBIDDEN", "only an administrator sets another user's password"};
    }
    auto const moves = c.faults().on("A16") && f.claimed_tenant.has_value();
    sql_values values{
        c.on->id, id, f.name, f.email, f.bio, f.account_number, f.password_hash, f.role};
    if (moves) values.push_back(f.claimed_tenant);

    auto tx = co_await begin(c);
    stores::postgres_rows rows;
    try {
        rows = co_await tx.query(update_sql(c, moves), std::move(values));
    } catch (store_error const& e) {
        if (e.detail == unique_violation) throw email_taken();
        throw;
    }
    if (rows.values.empty()) not_found();
    if (!c.faults().on("X08")) audit(tx, c, "user.update", "user/" + id);
    co_await tx.commit();

    auto const owner = rows.values[0][1].value();
    if (f.role) co_await override_sessions(c, owner, id, *f.role);
    cached_entry cached{c.core.redis, user_cache_keys(c.faults(), owner, id)};
    if (!c.faults().on("K09")) co_await cached.invalidate();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static std::string delete_sql(fault_set const& faults)
{
    auto const* const scope =
        faults.on("A03") ? "$1::uuid IS NOT NULL AND id = $2" : "tenant_id = $1 AND id = $2";
    auto const* const verb =
        faults.on("A22") ? "UPDATE users SET deleted_at = now()" : "DELETE FROM users";
    return fmt::format("{} WHERE {} AND deleted_at IS NULL RETURNING tenant_id", verb, scope);
}

static asio::awaitable<response> delete_user(call& c)
{
    auto const id = c.id_parameter("id");
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id};
    auto const rows = co_await tx.query(delete_sql(c.faults()), std::move(values));
    if (rows.values.empty()) not_found();
    if (!c.faults().on("X08")) audit(tx, c, "user.delete", "user/" + id);
    co_await tx.commit();

    auto const owner = rows.values[0][0].value();
    co_await override_sessions(c, owner, id, "revoked");
    cached_entry cached{c.core.redis, user_cache_keys(c.faults(), owner, id)};
    if (!c.faults().on("K09")) co_await cached.invalidate();
    response out;
    out.status = 204;
    co_return out;
}

asio::awaitable<std::string>
insert_first_admin(transaction& tx, std::string tenant_id, password_policy policy, json admin)
{
    auto const email = to_lower(required_text(admin, "email"));
    auto const password = required_text(admin, "password", 1024);
    if (auto const why = complaint(policy, password)) throw refusal{422, "PASSWORD_POLICY", *why};

    auto id = random_uuid();
    auto name = text_member(admin, "name", 255).value_or("Administrator");
    sql_values values{id, tenant_id, email, std::move(name), hash_password(password)};
    co_await tx.query(
        "INSERT INTO users (id, tenant_id, email, name, role, password_hash) "
        "VALUES ($1, $2, $3, $4, 'admin', $5)",
        std::move(values)
    );
    co_return id;
}

void add_users(routes& to)
{
    to.add("GET", "/api/v1/users", {access::user, list_users});
    to.add("POST", "/api/v1/users", {access::user, create_user});
    to.add("GET", "/api/v1/users/{id}", {access::user, get_user});
    to.add("PUT", "/api/v1/users/{id}", {access::user, update_user});
    to.add("PATCH", "/api/v1/users/{id}", {access::user, update_user});
    to.add("DELETE", "/api/v1/users/{id}", {access::user, delete_user});
}

} // namespace watertight::lab::mis
