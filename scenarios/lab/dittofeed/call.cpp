#include "scenarios/lab/dittofeed/call.hpp"

#include "scenarios/lab/core/crypto.hpp"

#include <fmt/format.h>

namespace watertight::lab::dittofeed {

using stores::quote_literal;

asio::awaitable<std::shared_ptr<workspace const>> find_workspace(core_state& core, std::string id)
{
    auto& workspaces = core.process.workspaces;
    if (auto known = workspaces.find(id)) co_return known;
    if (!is_uuid(id)) co_return nullptr;

    auto const read_at = workspaces.now();
    sql_values values{id};
    auto const rows = co_await core.db.query(
        "SELECT id, slug, name, status FROM \"Workspace\" WHERE id = $1", std::move(values)
    );
    if (rows.values.empty()) co_return nullptr;
    auto const& row = rows.values[0];
    auto found = std::make_shared<workspace const>(workspace{
        row[0].value(), row[1].value(), row[2].value(), row[3].value()});
    workspaces.put(found, read_at);
    co_return found;
}

std::string context_sql(process_state const& process, std::string_view workspace_id)
{
    if (!process.enforces_rls) return {};
    // With the defect the setting stays on the connection, which serves whoever comes next.
    auto const* const until_commit = process.faults.on("P14") ? "false" : "true";
    auto out = fmt::format(
        "SELECT set_config('app.current_workspace_id', {}, {}); ",
        quote_literal(workspace_id),
        until_commit
    );
    // The defect of one who means to give each workspace a schema, and lets its name stay, too.
    if (process.faults.on("P54")) {
        auto const path = fmt::format("\"ws_{}\", public", workspace_id);
        out += fmt::format("SELECT set_config('search_path', {}, false); ", quote_literal(path));
    }
    return out;
}

asio::awaitable<transaction> begin(call& c, std::string then)
{
    return c.core.db.begin(context_sql(c.process(), c.on->id) + std::move(then));
}

asio::awaitable<stores::postgres_rows> ask(call& c, std::string sql)
{
    return c.core.db.script(context_sql(c.process(), c.on->id) + std::move(sql));
}

asio::awaitable<void> audit(
    core_state& core,
    std::string workspace_id,
    std::string actor,
    std::string action,
    std::string resource
)
{
    auto sql = context_sql(core.process, workspace_id);
    sql += fmt::format(
        "INSERT INTO \"AuditLog\" (\"workspaceId\", actor, action, resource) "
        "VALUES ({}, {}, {}, {})",
        quote_literal(workspace_id),
        quote_literal(actor),
        quote_literal(action),
        quote_literal(resource)
    );
    co_await core.db.script(std::move(sql));
}

} // namespace watertight::lab::dittofeed
