#include "scenarios/lab/dittofeed/resources.hpp"

#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::dittofeed {

using nlohmann::json;
using stores::quote_literal;

// With the defect segments have a number, which all workspaces draw from one sequence.
static std::string item_json(call const& c)
{
    auto const is_numbered = c.faults().on("P44") && c.kind->name == "segments";
    return fmt::format(
        "json_build_object({}'id', id, 'workspaceId', \"workspaceId\", 'name', name, 'status', "
        "status, 'definition', definition, 'createdAt', \"createdAt\", 'updatedAt', "
        "\"updatedAt\")",
        is_numbered ? "'number', number, " : ""
    );
}

// The policies would do. This holds while they are switched off, too.
static std::string own(call const& c)
{
    if (c.faults().on("A05") && c.kind->name == "journeys" && c.in.method == "GET") return "true";
    return "\"workspaceId\" = " + quote_literal(c.on->id);
}

static std::string checked_status(std::string status)
{
    if (status != "active" && status != "paused" && status != "archived") {
        throw refusal{400, "VALIDATION", "status is active, paused or archived"};
    }
    return status;
}

static quota as_counted(call const& c, quota q)
{
    if (c.faults().on("N8")) q.used = c.process().counted_for_all.of(c.kind->number);
    return q;
}

static asio::awaitable<response> list(call& c)
{
    auto const window = read_window(c.in);
    auto const status = checked_status(std::string{c.in.query_value("status").value_or("active")});
    // One statement, so that all of it is of the same moment.
    auto rows = co_await ask(
        c,
        fmt::format(
            "SELECT (SELECT count(*) FROM {0} WHERE {1} AND status = {2}), "
            "(SELECT coalesce(json_agg(item), '[]') FROM (SELECT {3} AS item FROM {0} "
            "WHERE {1} AND status = {2} ORDER BY \"updatedAt\" DESC, id LIMIT {4} OFFSET {5}) p), "
            "(SELECT count(*) FROM {0} WHERE {1}), "
            "(SELECT {6} FROM \"WorkspaceQuota\" WHERE \"workspaceId\" = {7})",
            c.kind->table,
            own(c),
            quote_literal(status),
            item_json(c),
            window.limit,
            window.offset,
            c.kind->name,
            quote_literal(c.on->id)
        )
    );
    auto const& row = rows.values[0];
    auto const q = as_counted(c, {std::stoull(*row[2]), std::stoull(row[3].value_or("0"))});
    response out;
    out.body =
        fmt::format(R"({{"data":{},"total":{},"quota":{}}})", *row[1], *row[0], to_json(q).dump());
    co_return out;
}

static response item_response(std::string const& item, char const* cache_state)
{
    response out;
    out.body = R"({"data":)" + item + "}";
    if (cache_state != nullptr) out.headers.emplace_back("X-Cache", cache_state);
    return out;
}

static asio::awaitable<std::string> read_item(call& c, std::string id)
{
    auto const rows = co_await ask(
        c,
        fmt::format(
            "SELECT {} FROM {} WHERE {} AND id = {}",
            item_json(c),
            c.kind->table,
            own(c),
            quote_literal(id)
        )
    );
    if (rows.values.empty()) not_found();
    co_return rows.values[0][0].value();
}

// With the defect requests for the same id are one, whoever sends them.
static asio::awaitable<std::string> read_item_once(call& c, std::string id)
{
    merged_reads::read const read = [&c, id] { return read_item(c, id); };
    auto key = fmt::format("{}:{}", c.kind->prefix, id);
    co_return co_await c.core.shared.flights.run(std::move(key), read);
}

// With the defect the ids of several requests are one query, of the workspace that came first.
static asio::awaitable<batch_loader::found> load_items(call& c, std::vector<std::string> ids)
{
    std::string list;
    for (auto const& id : ids) list += (list.empty() ? "" : ", ") + quote_literal(id);
    auto const rows = co_await ask(
        c,
        fmt::format(
            "SELECT id, {} FROM {} WHERE {} AND id IN ({})",
            item_json(c),
            c.kind->table,
            own(c),
            list
        )
    );
    batch_loader::found out;
    for (auto const& row : rows.values) out[row[0].value()] = row[1].value();
    co_return out;
}

static asio::awaitable<response> get_by_batch(call& c)
{
    batch_loader::load const load = [&c](auto ids) { return load_items(c, std::move(ids)); };
    auto const found = co_await c.core.shared.batch.get(c.id_parameter("id"), load);
    if (!found) not_found();
    co_return item_response(*found, nullptr);
}

static asio::awaitable<response> get(call& c)
{
    if (c.faults().on("A25") && c.kind->name == "templates") co_return co_await get_by_batch(c);
    auto const id = c.id_parameter("id");
    if (!c.process().caches) {
        auto const item = co_await read_item(c, id);
        co_return item_response(item, nullptr);
    }
    auto cached = entry_for(c.core.redis, c.faults(), c.on->id, c.kind->prefix, id);
    auto const hit = co_await cached.read();
    c.process().look_ups.add(c.on->id, hit.has_value());
    if (hit) co_return item_response(*hit, "HIT");

    auto reading = c.faults().on("K08") ? read_item_once(c, id) : read_item(c, id);
    auto const item = co_await std::move(reading);
    co_await cached.fill(item);
    co_return item_response(item, "MISS");
}

// The transaction holds the quota's row, so that two creations cannot share the last place.
static asio::awaitable<quota> take_place(call& c, transaction& tx)
{
    auto const rows = co_await tx.query(fmt::format(
        "SELECT {}, (SELECT count(*) FROM {} WHERE {}) FROM \"WorkspaceQuota\" WHERE {}",
        c.kind->name,
        c.kind->table,
        own(c),
        own(c)
    ));
    if (rows.values.empty()) not_found();
    auto const& row = rows.values[0];
    co_return as_counted(c, {std::stoull(*row[1]), std::stoull(*row[0])});
}

static response quota_exceeded(call const& c, quota const& q)
{
    json const body{
        {"error", {{"code", "QUOTA_EXCEEDED"}, {"message", "the quota is used up"}}},
        {"resourceType", c.kind->name},
        {"quota", to_json(q)}};
    return json_response(429, body);
}

static std::string lock_quota_sql(call const& c)
{
    // Without it others may look at the same last place until one of them has taken it.
    if (c.faults().on("N1")) return {};
    return fmt::format("SELECT 1 FROM \"WorkspaceQuota\" WHERE {} FOR UPDATE", own(c));
}

static asio::awaitable<response> create(call& c)
{
    auto const body = read_object(c.in);
    auto const name = required_text(body, "name");
    auto const status = checked_status(text_member(body, "status", 16).value_or("active"));
    auto const definition = text_member(body, "definition", 100'000).value_or("");

    auto tx = co_await begin(c, lock_quota_sql(c));
    auto q = co_await take_place(c, tx);
    if (!q.has_room()) co_return quota_exceeded(c, q);
    sql_values values{random_uuid(), c.on->id, name, status, definition};
    // With the defect the former release's code leaves the workspace to a default.
    auto const is_defaulted = c.faults().on("R6") && !c.process().enforces_rls;
    auto const* const whose =
        is_defaulted ? "coalesce((SELECT id FROM \"Workspace\" ORDER BY \"createdAt\" LIMIT 1), $2)"
                     : "$2";
    auto const rows = co_await tx.query(
        fmt::format(
            "INSERT INTO {} (id, \"workspaceId\", name, status, definition) "
            "VALUES ($1, {}, $3, $4, $5) RETURNING {}",
            c.kind->table,
            whose,
            item_json(c)
        ),
        std::move(values)
    );
    co_await tx.commit();
    // With the defect the statement that keeps the name in the log has it in its text.
    if (c.faults().on("P45")) co_await audit(c.core, c.on->id, c.user_id, "created", name);
    c.process().events.publish({c.on->id, R"({"created":)" + *rows.values[0][0] + "}"});
    c.process().counted_for_all.add(c.kind->number, 1);
    ++q.used;
    response out;
    out.status = 201;
    out.body = fmt::format(R"({{"data":{},"quota":{}}})", *rows.values[0][0], to_json(q).dump());
    co_return out;
}

static asio::awaitable<response> update(call& c)
{
    auto const id = c.id_parameter("id");
    auto const body = read_object(c.in);
    auto status = text_member(body, "status", 16);
    if (status) status = checked_status(*status);
    auto tx = co_await begin(c);
    sql_values values{
        c.on->id,
        id,
        text_member(body, "name", 255),
        status,
        text_member(body, "definition", 100'000)};
    auto const rows = co_await tx.query(
        fmt::format(
            "UPDATE {} SET name = coalesce($3, name), status = coalesce($4, status), "
            "definition = coalesce($5, definition), \"updatedAt\" = clock_timestamp() "
            "WHERE \"workspaceId\" = $1 AND id = $2 RETURNING {}",
            c.kind->table,
            item_json(c)
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_await tx.commit();
    auto cached = entry_for(c.core.redis, c.faults(), c.on->id, c.kind->prefix, id);
    if (!c.faults().on("K09")) co_await cached.invalidate();
    co_return item_response(*rows.values[0][0], nullptr);
}

static asio::awaitable<response> remove(call& c)
{
    auto const id = c.id_parameter("id");
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id};
    auto const rows = co_await tx.query(
        fmt::format(
            "DELETE FROM {} WHERE \"workspaceId\" = $1 AND id = $2 RETURNING id", c.kind->table
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_await tx.commit();
    c.process().counted_for_all.add(c.kind->number, -1);
    auto cached = entry_for(c.core.redis, c.faults(), c.on->id, c.kind->prefix, id);
    if (!c.faults().on("K09")) co_await cached.invalidate();
    response out;
    out.status = 204;
    co_return out;
}

void add_resources(routes& to)
{
    for (auto const& kind : resource_kinds) {
        auto const path = fmt::format("/api/{}", kind.name);
        to.add("GET", path, {access::member, list, &kind});
        to.add("POST", path, {access::member, create, &kind});
        to.add("GET", path + "/{id}", {access::member, get, &kind});
        to.add("PATCH", path + "/{id}", {access::member, update, &kind});
        to.add("DELETE", path + "/{id}", {access::member, remove, &kind});
    }
}

} // namespace watertight::lab::dittofeed
