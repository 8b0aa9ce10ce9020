#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::dittofeed {

using namespace std::chrono_literals;
using nlohmann::json;

static std::string limit_of(json const& quotas, char const* name)
{
    auto const given = integer_member(quotas, name).value_or(1000);
    if (given < 0 || given > 1'000'000'000) {
        throw refusal{400, "VALIDATION", "a quota is a number from 0 to 1000000000"};
    }
    return std::to_string(given);
}

static asio::awaitable<void> insert_workspace(transaction& tx, std::string id, json body)
{
    sql_values values{id, required_text(body, "name"), required_text(body, "slug", 63)};
    try {
        co_await tx.query(
            "INSERT INTO \"Workspace\" (id, name, slug) VALUES ($1, $2, $3)", std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail != unique_violation) throw;
        throw refusal{409, "SLUG_TAKEN", "a workspace with this slug exists"};
    }
    auto const quotas = body.value("quotas", json::object());
    sql_values limits{
        std::move(id),
        limit_of(quotas, "segments"),
        limit_of(quotas, "journeys"),
        limit_of(quotas, "templates")};
    co_await tx.query(
        "INSERT INTO \"WorkspaceQuota\" (\"workspaceId\", segments, journeys, templates) "
        "VALUES ($1, $2, $3, $4)",
        std::move(limits)
    );
}

static asio::awaitable<response> create_workspace(call& c)
{
    auto const body = read_object(c.in);
    auto const admin = body.value("admin", json{});
    if (!admin.is_object()) throw refusal{400, "VALIDATION", "admin is required"};
    auto const id = random_uuid();
    auto tx = co_await c.core.db.begin(context_sql(c.process(), id));
    co_await insert_workspace(tx, id, body);
    auto const member_id = co_await insert_member(tx, id, admin, "admin");
    co_await tx.commit();
    co_return json_response(201, {{"id", id}, {"admin", {{"id", member_id}}}});
}

static asio::awaitable<response> patch_workspace(call& c)
{
    auto const id = c.id_parameter("workspaceId");
    auto const status = required_text(read_object(c.in), "status", 16);
    if (status != "active" && status != "suspended") {
        throw refusal{400, "VALIDATION", "status is active or suspended"};
    }
    sql_values values{id, status};
    auto const rows = co_await c.core.db.query(
        "UPDATE \"Workspace\" SET status = $2 WHERE id = $1 AND status <> 'deleting' RETURNING id",
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    c.process().workspaces.forget(id);
    co_return json_response(200, {{"id", id}, {"status", status}});
}

// Until nobody is inside, so that nothing is written or cached after the purge.
static asio::awaitable<void> wait_until_empty(call& c, std::string id)
{
    auto const inside = c.process().workspaces.in_flight(id);
    auto const end = std::chrono::steady_clock::now() + 30s;
    while (*inside > 0 && std::chrono::steady_clock::now() < end) co_await pause(1ms);
}

static asio::awaitable<response> delete_workspace(call& c)
{
    auto const id = c.id_parameter("workspaceId");
    sql_values values{id};
    auto const marked = co_await c.core.db.query(
        "UPDATE \"Workspace\" SET status = 'deleting' WHERE id = $1 AND status <> 'deleting'",
        values
    );
    c.process().workspaces.forget(id);
    if (marked.affected == 0) not_found();
    co_await wait_until_empty(c, id);

    co_await c.core.db.query("DELETE FROM \"Workspace\" WHERE id = $1", std::move(values));
    c.process().workspaces.forget(id);
    c.process().look_ups.forget(id);
    c.process().jobs.erase_all_of(id);
    if (!c.faults().on("L3")) co_await c.core.redis.remove_prefix(key_prefix(id));
    response out;
    out.status = 204;
    co_return out;
}

static asio::awaitable<response> describe_workspace(call& c, workspace const& on)
{
    auto rows = co_await ask(
        c,
        "SELECT coalesce(json_agg(json_build_object('id', id, 'name', name)), '[]') FROM "
        "(SELECT id, name FROM \"Segment\" WHERE \"workspaceId\" = " +
            stores::quote_literal(on.id) + " ORDER BY \"updatedAt\" DESC, id LIMIT 5) newest"
    );
    json out{{"id", on.id}, {"name", on.name}, {"slug", on.slug}};
    out["newestSegments"] = json::parse(rows.values[0][0].value());
    co_return json_response(200, {{"data", out}});
}

// What the workspace named in the path consists of. Only one's own may be named.
static asio::awaitable<response> overview(call& c)
{
    auto const id = c.id_parameter("workspaceId");
    if (id != c.on->id && !c.faults().on("A01")) {
        co_await audit(
            c.core, c.on->id, c.user_id, "access.refused", "overview of another workspace"
        );
        not_found();
    }
    auto const on = co_await find_workspace(c.core, id);
    if (!on) not_found();
    c.on = on;
    response out;
    auto kept = kept_view(c.core.redis, c.faults(), on->slug, "");
    if (kept) {
        auto hit = co_await kept->read();
        out.body = std::move(hit).value_or("");
        if (!out.body.empty()) co_return out;
    }
    out = co_await describe_workspace(c, *on);
    if (kept) co_await kept->fill(out.body);
    co_return out;
}

void add_workspaces(routes& to)
{
    to.add("POST", "/api/admin/workspaces", {access::platform, create_workspace});
    to.add("PATCH", "/api/admin/workspaces/{workspaceId}", {access::platform, patch_workspace});
    to.add("DELETE", "/api/admin/workspaces/{workspaceId}", {access::platform, delete_workspace});
    to.add("GET", "/api/workspaces/{workspaceId}", {access::member, overview});
}

} // namespace watertight::lab::dittofeed
