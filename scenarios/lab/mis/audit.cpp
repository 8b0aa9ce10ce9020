#include "scenarios/lab/mis/handlers.hpp"

namespace watertight::lab::mis {

static asio::awaitable<response> list_audit(call& c)
{
    page_query page{
        .name = "auditLogs",
        .item = "json_build_object('id', id, 'tenantId', tenant_id, 'actor', actor, "
                "'action', action, 'resource', resource, 'details', details, "
                "'createdAt', created_at)",
        .table = "audit_logs",
        .where = "tenant_id = $1",
        .values = {c.on->id},
    };
    co_return co_await read_page(c, std::move(page));
}

void add_audit(routes& to)
{
    to.add("GET", "/api/v1/audit-logs", {access::admin, list_audit});
}

} // namespace watertight::lab::mis
