#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

// Backups of a tenant's media, and the digest that the platform makes for all tenants.

// With the defect a backup is of the table.
static std::string backed_up(fault_set const& faults)
{
    return faults.on("L10") ? "$1::uuid IS NOT NULL" : "tenant_id = $1";
}

static asio::awaitable<response> take_backup(call& c)
{
    auto tx = co_await begin(c);
    sql_values values{c.on->id};
    auto const rows = co_await tx.query(
        fmt::format(
            "SELECT coalesce(json_agg(m), '[]') FROM media m WHERE {}", backed_up(c.faults())
        ),
        std::move(values)
    );
    audit(tx, c, "backup.take", "tenant/" + c.on->id);
    co_await tx.commit();
    auto const id = random_uuid();
    c.process().backups.keep({id, c.on->id, rows.values[0][0].value()});
    co_return json_response(201, {{"id", id}});
}

static asio::awaitable<response> restore_backup(call& c)
{
    auto const body = read_object(c.in);
    auto const kept = c.process().backups.find(required_text(body, "backupId", 36));
    if (!kept || kept->tenant_id != c.on->id) not_found();
    auto tx = co_await begin(c);
    sql_values values{c.on->id};
    co_await tx.query(
        fmt::format("DELETE FROM media WHERE {}", backed_up(c.faults())), std::move(values)
    );
    sql_values rows{kept->rows};
    co_await tx.query(
        "INSERT INTO media SELECT b.* FROM json_populate_recordset(NULL::media, $1::json) b "
        "WHERE EXISTS (SELECT 1 FROM tenants t WHERE t.id = b.tenant_id)",
        std::move(rows)
    );
    audit(tx, c, "backup.restore", "tenant/" + c.on->id);
    co_await tx.commit();
    co_return json_response(200, {{"success", true}});
}

static asio::awaitable<void> make_digest(core_state& core, std::string id, std::string written_for)
{
    auto tx = co_await core.main.begin(set_tenant_sql(written_for));
    sql_values values{id};
    auto const rows = co_await tx.query(
        "SELECT title FROM media WHERE tenant_id = $1 ORDER BY created_at DESC, id LIMIT 1",
        std::move(values)
    );
    std::string newest{"nothing new"};
    if (!rows.values.empty()) newest = rows.values[0][0].value();
    tx.at_commit(audit_sql({written_for, "platform", "digest.made", "newest: " + newest}));
    co_await tx.commit();
}

// For each tenant in its own context. With the defect in that of the first.
static asio::awaitable<response> make_digests(call& c)
{
    auto const rows = co_await c.core.main.query(
        "SELECT id FROM tenants WHERE status = 'active' ORDER BY created_at"
    );
    std::string context;
    for (auto const& row : rows.values) {
        auto const id = row[0].value();
        if (context.empty() || !c.faults().on("Q5")) context = id;
        co_await make_digest(c.core, id, context);
    }
    co_return json_response(200, {{"made", rows.values.size()}});
}

void add_backups(routes& to)
{
    to.add("POST", "/api/v1/tenants/{tenantId}/backups", {access::own_tenant_admin, take_backup});
    to.add(
        "POST", "/api/v1/tenants/{tenantId}/restore", {access::own_tenant_admin, restore_backup}
    );
    to.add("POST", "/api/v1/digests/run", {access::platform, make_digests});
}

} // namespace watertight::lab::mis
