#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <exception>
#include <filesystem>

namespace watertight::lab::mis {

using nlohmann::json;

// "30d" is 30; nothing else than days is offered.
static std::int64_t read_days(request const& in)
{
    auto text = in.query_value("timeRange").value_or("30d");
    std::int64_t days = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
    auto const rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || rest != "d" || days < 1 || days > 3650) {
        throw refusal{400, "VALIDATION", "timeRange is a number of days, such as 30d"};
    }
    return days;
}

static asio::awaitable<response> get_usage(call& c)
{
    auto const days = read_days(c.in);
    sql_values values{c.on->id};
    auto const rows = co_await c.core.main.query(
        "SELECT (SELECT count(*) FROM users WHERE tenant_id = $1 AND deleted_at IS NULL), "
        "(SELECT coalesce(sum(size_bytes), 0) FROM files WHERE tenant_id = $1), "
        "(SELECT count(*) FROM files WHERE tenant_id = $1), "
        "(SELECT count(*) FROM media WHERE tenant_id = $1)",
        std::move(values)
    );
    auto const number = [&](std::size_t i) { return std::stoull(rows.values[0][i].value()); };
    auto const* const counted = c.faults().on("N11") ? "all" : c.on->id.c_str();
    auto const u = c.process().usages.since(counted, today() - days + 1);
    co_return json_response(
        200,
        {
            {"tenantId", c.on->id},
            {"timeRange", fmt::format("{}d", days)},
            {"users", number(0)},
            {"storageBytes", number(1)},
            {"files", number(2)},
            {"media", number(3)},
            {"requests", u.requests},
            {"errors", u.errors},
            {"limits",
             {{"users", c.on->users_max},
              {"storageBytes", c.on->storage_bytes_max},
              {"requestsPerDay", c.on->requests_per_day}}},
        }
    );
}

struct exportable {
    std::string_view name;
    std::string_view columns;
};

static constexpr exportable exportables[] = {
    {"users", "id, tenant_id, email, name, role, bio, account_number, created_at, updated_at"},
    {"media", "id, tenant_id, owner_id, title, caption, size_bytes, created_at, updated_at"},
    {"files", "id, tenant_id, owner_id, name, content_type, size_bytes, sha256, created_at"},
    {"audit_logs", "id, tenant_id, actor, action, resource, details, created_at"},
};

static exportable const& find_exportable(json const& name)
{
    for (auto const& e : exportables)
        if (name == e.name) return e;
    throw refusal{400, "VALIDATION", "dataTypes holds users, media, files or audit_logs"};
}

static asio::awaitable<std::string>
export_table(transaction& tx, exportable what, std::string tenant_id)
{
    sql_values values{std::move(tenant_id)};
    auto rows = co_await tx.query(
        fmt::format(
            "SELECT coalesce(json_agg(r), '[]') FROM (SELECT {} FROM {} WHERE tenant_id = $1 "
            "ORDER BY created_at, id) r",
            what.columns,
            what.name
        ),
        std::move(values)
    );
    co_return std::move(rows.values[0][0].value());
}

asio::awaitable<std::string> export_text(transaction& tx, std::string tenant_id, json types)
{
    std::string out;
    for (auto const& type : types) {
        auto const& what = find_exportable(type);
        auto const rows = co_await export_table(tx, what, tenant_id);
        out += fmt::format(R"({}"{}":{})", out.empty() ? "" : ",", what.name, rows);
    }
    co_return "{" + out + "}";
}

// One export of a tenant at a time. The lock ends by itself if its holder does not come back.
static asio::awaitable<void> take_lock(call& c, std::string key, std::string token)
{
    using namespace std::chrono_literals;
    static constexpr int tries_max = 400;
    for (int i = 0; i < tries_max; ++i) {
        redis_words words{"SET", key, token, "NX", "PX", "5000"};
        auto const taken = co_await c.core.redis.command(std::move(words));
        if (taken.text == "OK") co_return;
        co_await pause(5ms);
    }
    throw refusal{409, "EXPORT_RUNNING", "another export is running"};
}

static asio::awaitable<void> give_lock(call& c, std::string key, std::string token)
{
    static constexpr char const* script =
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end";
    redis_words words{"EVAL", script, "1", std::move(key), std::move(token)};
    co_await c.core.redis.command(std::move(words));
}

static asio::awaitable<response> gather_export(call& c)
{
    auto const body = read_object(c.in);
    if (text_member(body, "format", 16).value_or("json") != "json") {
        throw refusal{400, "VALIDATION", "format is json"};
    }
    auto const types = body.value("dataTypes", json{"users", "media", "audit_logs"});
    if (!types.is_array()) throw refusal{400, "VALIDATION", "dataTypes is a list"};

    // One snapshot for all tables; the level has to be said before the first query.
    auto tx = co_await c.core.main.begin(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; " + set_tenant_sql(c.on->id)
    );
    auto const data = co_await export_text(tx, c.on->id, types);
    response out;
    out.body = fmt::format(
        R"({{"success":true,"tenantId":"{}","format":"json","data":{}}})", c.on->id, data
    );
    audit(tx, c, "tenant.export", "tenant/" + c.on->id);
    co_await tx.commit();
    co_return out;
}

// The defect: one lock for everybody's exports.
static std::string export_lock(call const& c)
{
    if (c.faults().on("K24")) return "lock:export";
    return fmt::format("tenant:{}:lock:export", c.on->id);
}

static asio::awaitable<response> export_tenant(call& c)
{
    auto const key = export_lock(c);
    auto const token = random_uuid();
    co_await take_lock(c, key, token);
    response out;
    std::exception_ptr error;
    try {
        out = co_await gather_export(c);
    } catch (...) {
        error = std::current_exception();
    }
    co_await give_lock(c, key, token);
    if (error) std::rethrow_exception(error);
    co_return out;
}

static asio::awaitable<response> migrate_tenant(call& c)
{
    auto const body = read_object(c.in);
    auto const target = required_text(body, "targetPlan", 16);
    auto const* const p = find_plan(target);
    if (p == nullptr) throw refusal{400, "VALIDATION", "targetPlan is no plan"};

    auto tx = co_await begin(c);
    sql_values values{c.on->id, target};
    auto const rows = co_await tx.query(
        "UPDATE tenants t SET plan = $2, max_users = NULL, max_storage_gb = NULL, "
        "updated_at = clock_timestamp() FROM (SELECT plan AS before FROM tenants WHERE id = $1 "
        "FOR NO KEY UPDATE) old WHERE t.id = $1 RETURNING old.before, "
        "(SELECT count(*) FROM users u WHERE u.tenant_id = t.id AND deleted_at IS NULL)",
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto const users = std::stoull(rows.values[0][1].value());
    if (users > p->users_max) {
        throw refusal{409, "PLAN_TOO_SMALL", "the tenant has more users than the plan allows"};
    }
    // The plan's defaults in place of all that is there, the tenant's own settings among it.
    if (c.faults().on("L8")) {
        sql_values const of_tenant{c.on->id};
        co_await tx.query("DELETE FROM tenant_configurations WHERE tenant_id = $1", of_tenant);
    }
    co_await put_default_configurations(tx, c.on->id, *p);
    audit(tx, c, "tenant.migrate", "tenant/" + c.on->id);
    co_await tx.commit();
    c.process().tenants.forget(c.on->id);
    co_return json_response(
        200,
        {{"success", true},
         {"tenantId", c.on->id},
         {"previousPlan", rows.values[0][0].value()},
         {"plan", target},
         {"users", users}}
    );
}

// True if a file can be written to and read from the tenant's folder.
static bool storage_works(std::string const& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    auto const path = folder + "/.health-" + random_uuid();
    auto const written = write_file(path, "ok");
    auto const back = read_file(path);
    std::filesystem::remove(path, error);
    return written && back && *back == "ok";
}

static asio::awaitable<bool> database_works(call& c)
{
    try {
        sql_values values{c.on->id};
        auto const rows =
            co_await c.core.main.query("SELECT 1 FROM tenants WHERE id = $1", std::move(values));
        co_return rows.values.size() == 1;
    } catch (store_error const&) {
        co_return false;
    }
}

static asio::awaitable<bool> redis_works(call& c)
{
    try {
        redis_words words{"PING"};
        auto const reply = co_await c.core.redis.command(std::move(words));
        co_return reply.text == "PONG";
    } catch (store_error const&) {
        co_return false;
    }
}

static asio::awaitable<response> get_health(call& c)
{
    auto const u = c.process().usages.since(c.on->id, 0);
    auto const share = [&](std::uint64_t n) {
        return u.requests == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(u.requests);
    };
    auto const database = co_await database_works(c);
    auto const redis = co_await redis_works(c);
    auto const storage = storage_works(c.process().files_folder + "/" + c.on->id);
    auto const api = share(u.failures) < 0.05;
    auto const healthy = database && redis && storage && api;
    co_return json_response(
        200,
        {
            {"status", healthy ? "healthy" : "unhealthy"},
            {"checks",
             {{"database", database}, {"redis", redis}, {"storage", storage}, {"api", api}}},
            {"metrics",
             {{"responseTime", share(u.took_us) / 1000.0},
              {"errorRate", share(u.failures)},
              {"uptime", 100.0 * (1.0 - share(u.failures))}}},
            {"lastChecked", rfc3339(wall::now())},
        }
    );
}

void add_tenant_reports(routes& to)
{
    to.add("GET", "/api/v1/tenants/{tenantId}/usage", {access::own_tenant, get_usage});
    to.add("POST", "/api/v1/tenants/{tenantId}/export", {access::own_tenant_admin, export_tenant});
    to.add(
        "POST", "/api/v1/tenants/{tenantId}/migrate", {access::own_tenant_admin, migrate_tenant}
    );
    to.add("GET", "/api/v1/tenants/{tenantId}/health", {access::own_tenant, get_health});
}

} // namespace watertight::lab::mis
