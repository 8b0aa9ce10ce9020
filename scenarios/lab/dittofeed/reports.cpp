#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"
#include "scenarios/lab/dittofeed/resources.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::dittofeed {

using nlohmann::json;

// Used and allowed, of each kind.
static asio::awaitable<std::array<quota, resource_kinds.size()>> read_quotas(call& c)
{
    auto const own = "\"workspaceId\" = " + stores::quote_literal(c.on->id);
    std::string sql = "SELECT segments, journeys, templates";
    for (auto const& kind : resource_kinds)
        sql += fmt::format(", (SELECT count(*) FROM {} WHERE {})", kind.table, own);
    sql += " FROM \"WorkspaceQuota\" WHERE " + own;
    auto const rows = co_await ask(c, std::move(sql));
    if (rows.values.empty()) not_found();
    std::array<quota, resource_kinds.size()> out;
    for (std::size_t i = 0; i < out.size(); ++i) {
        out.at(i).limit = std::stoull(*rows.values[0][i]);
        out.at(i).used = std::stoull(*rows.values[0][i + out.size()]);
        if (c.faults().on("N8")) out.at(i).used = c.process().counted_for_all.of(i);
    }
    co_return out;
}

static asio::awaitable<response> quotas(call& c)
{
    response out;
    auto kept = kept_view(c.core.redis, c.faults(), c.on->slug, "quota");
    if (kept) {
        auto hit = co_await kept->read();
        out.body = std::move(hit).value_or("");
        if (!out.body.empty()) co_return out;
    }
    auto const all = co_await read_quotas(c);
    json by_kind;
    for (auto const& kind : resource_kinds)
        by_kind[std::string{kind.name}] = to_json(all.at(kind.number));
    out = json_response(200, {{"quotas", by_kind}});
    if (kept) co_await kept->fill(out.body);
    co_return out;
}

static asio::awaitable<response> tenant_metrics(call& c)
{
    auto const all = co_await read_quotas(c);
    auto const seen = c.process().look_ups.of(c.on->id);
    auto const look_ups = seen.hits + seen.misses;
    json out{
        {"workspaceId", c.on->id},
        {"cacheHits", seen.hits},
        {"cacheMisses", seen.misses},
        {"cacheHitRate",
         look_ups == 0 ? 0.0
                       : 100.0 * static_cast<double>(seen.hits) / static_cast<double>(look_ups)}};
    for (auto const& kind : resource_kinds)
        out["resources"][std::string{kind.name}] = all.at(kind.number).used;
    co_return json_response(200, out);
}

static asio::awaitable<response> audit_log(call& c)
{
    page_query page{
        .name = "entries",
        .item = "json_build_object('id', id, 'actor', actor, 'action', action, "
                "'resource', resource, 'createdAt', \"createdAt\")",
        .table = "\"AuditLog\"",
        .where = "\"workspaceId\" = $1",
        .values = {c.on->id},
        .order = "\"createdAt\" DESC, id",
    };
    auto tx = co_await begin(c);
    auto out = co_await read_page(tx, std::move(page), read_window(c.in));
    co_await tx.commit();
    co_return out;
}

static asio::awaitable<response> health(call& c)
{
    json const out{
        {"status", "ok"},
        {"dialect", "dittofeed"},
        {"enforcesRls", c.process().enforces_rls.load()},
        {"faults", c.faults().ids()}};
    co_return json_response(200, out);
}

void add_reports(routes& to)
{
    to.add("GET", "/api/quota", {access::member, quotas});
    to.add("GET", "/api/tenant-metrics", {access::member, tenant_metrics});
    to.add("GET", "/api/audit-log", {access::admin, audit_log});
    to.add("GET", "/healthz", {access::anyone, health});
}

} // namespace watertight::lab::dittofeed
