#include "scenarios/lab/mis/call.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::mis {

using nlohmann::json;
using stores::quote_literal;

void not_found()
{
    throw refusal{404, "NOT_FOUND", "there is no such resource"};
}

std::string const& call::parameter(std::string_view name) const
{
    for (auto const& [key, value] : path)
        if (key == name) return value;
    not_found();
}

std::string call::id_parameter(std::string_view name) const
{
    auto const& text = parameter(name);
    if (!is_uuid(text)) not_found();
    return to_lower(text);
}

std::int64_t now_s()
{
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t today()
{
    return now_s() / 86'400;
}

std::string set_tenant_sql(std::string_view tenant_id)
{
    return fmt::format("SELECT set_config('app.tenant_id', {}, true); ", quote_literal(tenant_id));
}

// A tenant may ask for less than its plan allows, never for more.
static std::uint64_t
lower_of(json const& configured, std::uint64_t plan_value, std::uint64_t scaled)
{
    if (!configured.is_number_unsigned()) return scaled;
    auto const value = configured.get<std::uint64_t>();
    return value < plan_value ? std::min(value, scaled) : scaled;
}

static std::shared_ptr<tenant const> to_tenant(process_state const& process, json const& row)
{
    auto out = std::make_shared<tenant>();
    out->id = row["id"];
    out->slug = row["slug"];
    out->subdomain = row["subdomain"];
    out->name = row["name"];
    out->status = row["status"];
    out->on_plan = find_plan(row["plan"].get<std::string>());
    auto const& p = *out->on_plan;
    for (auto const& [feature, value] : row["features"].items())
        if (value == false) out->switched_off.insert(feature);

    auto const& configured = row["configured"];
    auto const setting = [&](char const* key) { return configured.value(key, json{}); };
    out->users_max =
        row["max_users"].is_null() ? p.users_max : row["max_users"].get<std::uint64_t>();
    auto const storage_gb = row["max_storage_gb"].is_null()
                                ? p.storage_gb_max
                                : row["max_storage_gb"].get<std::uint64_t>();
    out->storage_bytes_max = (storage_gb << 30) / storage_scale;
    out->upload_bytes_max = lower_of(
        setting("file_upload.max_size"), p.upload_bytes_max, p.upload_bytes_max / upload_scale
    );
    auto const requests = static_cast<double>(p.requests_per_day) * process.asked.rate_scale;
    out->requests_per_day = lower_of(
        setting("api.rate_limit"), p.requests_per_day, static_cast<std::uint64_t>(requests)
    );
    out->session_s =
        static_cast<std::uint32_t>(lower_of(setting("session.timeout"), p.session_s, p.session_s));
    if (process.asked.session_s) out->session_s = *process.asked.session_s;
    out->passwords = with_overrides(p.passwords, setting("security.password_policy"));
    return out;
}

asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string id)
{
    auto& tenants = core.process.tenants;
    if (auto known = tenants.find(id)) co_return known;
    if (!is_uuid(id)) co_return nullptr;

    auto const read_at = tenants.now();
    auto const rows = co_await core.main.script(fmt::format(
        "{} SELECT json_build_object('id', id, 'slug', slug, 'subdomain', subdomain, 'name', name, "
        "'status', status, 'plan', plan, 'features', features, 'max_users', max_users, "
        "'max_storage_gb', max_storage_gb, 'configured', coalesce((SELECT "
        "json_object_agg(config_key, config_value) FROM tenant_configurations c "
        "WHERE c.tenant_id = t.id AND NOT is_encrypted), '{{}}')) FROM tenants t WHERE id = {}",
        set_tenant_sql(id),
        quote_literal(id)
    ));
    if (rows.values.empty()) co_return nullptr;
    auto found = to_tenant(core.process, json::parse(rows.values[0][0].value()));
    tenants.put(found, read_at);
    co_return found;
}

asio::awaitable<std::shared_ptr<tenant const>>
find_tenant_by_label(core_state& core, std::string label)
{
    auto id = core.process.tenants.id_of(label);
    if (id.empty()) {
        sql_values values{label};
        auto const rows = co_await core.main.query(
            "SELECT id FROM tenants WHERE slug = $1 OR subdomain = $1 "
            "ORDER BY (slug = $1) DESC LIMIT 1",
            std::move(values)
        );
        if (rows.values.empty()) co_return nullptr;
        id = rows.values[0][0].value();
    }
    co_return co_await find_tenant(core, std::move(id));
}

asio::awaitable<transaction> begin(call& c, std::string then)
{
    return c.core.main.begin(set_tenant_sql(c.on->id) + std::move(then));
}

static std::string insert_audit(audit_entry const& e)
{
    return fmt::format(
        "INSERT INTO audit_logs (tenant_id, actor, action, resource) VALUES ({}, {}, {}, {})",
        quote_literal(e.tenant_id),
        quote_literal(e.actor),
        quote_literal(e.action),
        quote_literal(e.resource)
    );
}

void audit(transaction& tx, call const& c, std::string_view action, std::string_view resource)
{
    auto const actor = c.actor();
    tx.at_commit(insert_audit({c.on->id, actor, action, resource}));
}

asio::awaitable<void> audit_now(
    core_state& core,
    std::string tenant_id,
    std::string actor,
    std::string action,
    std::string resource
)
{
    auto sql = set_tenant_sql(tenant_id) + insert_audit({tenant_id, actor, action, resource});
    co_await core.main.script(std::move(sql));
}

asio::awaitable<response> read_page(call& c, page_query what)
{
    auto const limit = c.in.query_number("limit", 100, 1, 1000);
    auto const offset = c.in.query_number("offset", 0, 0, 1'000'000'000);
    auto const total_where = what.total_where.empty() ? what.where : what.total_where;
    // One statement, so that the items and their number are of the same moment.
    auto sql = fmt::format(
        "SELECT (SELECT count(*) FROM {0} WHERE {4}), coalesce(json_agg(item), '[]') FROM "
        "(SELECT {1} AS item FROM {0} WHERE {2} ORDER BY created_at DESC, id LIMIT {3} OFFSET {5}) "
        "p",
        what.table,
        what.item,
        what.where,
        limit,
        total_where,
        offset
    );
    auto tx = co_await begin(c);
    auto const rows = co_await tx.query(std::move(sql), std::move(what.values));
    co_await tx.commit();
    response out;
    out.body = fmt::format(
        R"({{"{}":{},"total":{},"limit":{},"offset":{}}})",
        what.name,
        rows.values[0][1].value(),
        rows.values[0][0].value(),
        limit,
        offset
    );
    co_return out;
}

} // namespace watertight::lab::mis
