#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;

static json describe(job const& one)
{
    auto const payload = json::parse(one.payload);
    auto const path = "/api/v1/exports/" + one.id;
    json out{
        {"id", one.id},
        {"tenantId", one.tenant_id},
        {"label", payload["label"]},
        {"status", one.is_done ? "done" : "queued"}};
    if (one.is_done) out["downloadUrl"] = path + "/download";
    return out;
}

static asio::awaitable<response> create_export(call& c)
{
    auto const body = read_object(c.in);
    json const kinds{"users", "media"};
    json payload{
        {"label", text_member(body, "label", 255).value_or("")},
        {"dataTypes", body.value("dataTypes", kinds)}};
    // With the defect the worker is told whatever the client said.
    auto const claimed = text_member(body, "tenantId", 36);
    if (c.faults().on("Q2") && claimed) payload["tenantId"] = *claimed;

    job one{.id = random_uuid(), .tenant_id = c.on->id, .payload = payload.dump()};
    if (c.faults().on("Q7")) one.correlation = std::to_string(++c.core.shared.jobs);
    auto const answer = describe(one);
    c.process().jobs.add(std::move(one));
    co_await audit_now(c.core, c.on->id, c.actor(), "export.create", "export");
    co_return json_response(202, answer);
}

// @throws refusal 404 for one that is not there, or not theirs.
static job find_export(call& c)
{
    auto const id = c.id_parameter("id");
    auto const one = c.process().jobs.find(id);
    if (!one || (one->tenant_id != c.on->id && !c.faults().on("A11"))) not_found();
    return *one;
}

static asio::awaitable<response> list_exports(call& c)
{
    auto list = json::array();
    for (auto const& one : c.process().jobs.of(c.on->id)) list.push_back(describe(one));
    co_return json_response(200, {{"exports", std::move(list)}});
}

static asio::awaitable<response> get_export(call& c)
{
    co_return json_response(200, describe(find_export(c)));
}

static asio::awaitable<response> download_export(call& c)
{
    auto const id = c.id_parameter("id");
    response out;
    auto const one = find_export(c);
    if (!one.is_done) throw refusal{409, "NOT_READY", "the export is not ready"};
    auto result = c.process().jobs.result_of(id);
    if (!result) not_found();
    out.body = std::move(*result);
    co_return out;
}

static asio::awaitable<response> delete_export(call& c)
{
    c.process().jobs.erase(find_export(c).id);
    response out;
    out.status = 204;
    co_return out;
}

// With the defect a job whose tenant is gone is the first tenant's.
static asio::awaitable<void> adopt(core_state& core, job& one)
{
    sql_values values{one.tenant_id};
    auto const rows = co_await core.main.query(
        "SELECT id FROM tenants WHERE status = 'active' ORDER BY (id = $1) DESC, created_at LIMIT "
        "1",
        std::move(values)
    );
    if (rows.values.empty() || rows.values[0][0].value() == one.tenant_id) co_return;
    one.tenant_id = rows.values[0][0].value();
    core.process.jobs.hand_over(one.id, one.tenant_id);
}

// The defect: a query of its own making, in which nobody thought of the tenant.
static asio::awaitable<std::string> everybodys_users(transaction& tx)
{
    auto const rows = co_await tx.query(
        "SELECT coalesce(json_agg(json_build_object('id', u.id, 'name', u.name, 'tenant', t.name) "
        "ORDER BY u.created_at DESC), '[]') FROM users u JOIN tenants t ON t.id = u.tenant_id"
    );
    co_return fmt::format(R"({{"users":{}}})", rows.values[0][0].value());
}

static asio::awaitable<std::string> make_export(core_state& core, job one)
{
    if (core.process.faults.on("L7")) co_await adopt(core, one);
    auto const payload = json::parse(one.payload);
    auto const tenant_id = payload.value("tenantId", one.tenant_id);
    auto tx = co_await core.main.begin(set_tenant_sql(tenant_id));
    std::string data;
    if (core.process.faults.on("X06"))
        data = co_await everybodys_users(tx);
    else
        data = co_await export_text(tx, tenant_id, payload["dataTypes"]);
    co_await tx.commit();
    co_return fmt::format(R"({{"tenantId":"{}","data":{}}})", tenant_id, data);
}

asio::awaitable<void> work_on_exports(core_state& core)
{
    job_book::worker const worker = [&core](job one) { return make_export(core, std::move(one)); };
    co_await core.process.jobs.work(worker);
}

void add_exports(routes& to)
{
    to.add("GET", "/api/v1/exports", {access::admin, list_exports});
    to.add("POST", "/api/v1/exports", {access::admin, create_export});
    to.add("GET", "/api/v1/exports/{id}", {access::admin, get_export});
    to.add("GET", "/api/v1/exports/{id}/download", {access::admin, download_export});
    to.add("DELETE", "/api/v1/exports/{id}", {access::admin, delete_export});
}

} // namespace watertight::lab::mis
