#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"
#include "scenarios/lab/dittofeed/resources.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::dittofeed {

using nlohmann::json;

static json describe(job const& one)
{
    auto const payload = json::parse(one.payload);
    json out{
        {"id", one.id},
        {"workspaceId", one.tenant_id},
        {"label", payload["label"]},
        {"kind", payload["kind"]},
        {"status", one.is_done ? "done" : "queued"}};
    if (one.is_done) out["url"] = "/api/exports/" + one.id + "/download";
    return out;
}

static asio::awaitable<response> create_export(call& c)
{
    auto const body = read_object(c.in);
    auto const kind = required_text(body, "kind");
    auto const is_it = [&](resource_kind const& k) { return k.name == kind; };
    if (std::ranges::none_of(resource_kinds, is_it)) {
        throw refusal{400, "VALIDATION", "kind is segments, journeys or templates"};
    }
    json const payload{{"label", text_member(body, "label", 255).value_or("")}, {"kind", kind}};
    job one{.id = random_uuid(), .tenant_id = c.on->id, .payload = payload.dump()};
    if (c.faults().on("Q7")) one.correlation = std::to_string(++c.core.shared.jobs);
    json const answer{{"data", describe(one)}};
    c.process().jobs.add(std::move(one));
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
    co_return json_response(200, {{"data", std::move(list)}});
}

static asio::awaitable<response> get_export(call& c)
{
    co_return json_response(200, {{"data", describe(find_export(c))}});
}

static asio::awaitable<response> download_export(call& c)
{
    auto const one = find_export(c);
    if (!one.is_done) throw refusal{409, "NOT_READY", "the export is not ready"};
    auto result = c.process().jobs.result_of(one.id);
    if (!result) not_found();
    response out;
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

static asio::awaitable<std::string> make_export(core_state& core, job one)
{
    auto const kind = json::parse(one.payload)["kind"].get<std::string>();
    auto const is_it = [&](resource_kind const& k) { return k.name == kind; };
    auto const& table = std::ranges::find_if(resource_kinds, is_it)->table;
    auto sql = context_sql(core.process, one.tenant_id);
    sql += fmt::format(
        "SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'definition', "
        "definition) ORDER BY id), '[]') FROM {} WHERE \"workspaceId\" = {}",
        table,
        stores::quote_literal(one.tenant_id)
    );
    auto const rows = co_await core.db.script(std::move(sql));
    co_return fmt::format(R"({{"{}":{}}})", kind, *rows.values[0][0]);
}

asio::awaitable<void> work_on_exports(core_state& core)
{
    job_book::worker const worker = [&core](job one) { return make_export(core, std::move(one)); };
    co_await core.process.jobs.work(worker);
}

void add_exports(routes& to)
{
    to.add("GET", "/api/exports", {access::admin, list_exports});
    to.add("POST", "/api/exports", {access::admin, create_export});
    to.add("GET", "/api/exports/{id}", {access::admin, get_export});
    to.add("GET", "/api/exports/{id}/download", {access::admin, download_export});
    to.add("DELETE", "/api/exports/{id}", {access::admin, delete_export});
}

} // namespace watertight::lab::dittofeed
