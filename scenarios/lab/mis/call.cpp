#include "scenarios/lab/mis/call.hpp"

#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;
using stores::quote_literal;

std::string set_tenant_sql(std::string_view tenant_id)
{
    return fmt::format("SELECT set_config('app.tenant_id', {}, true); ", quote_literal(tenant_id));
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

void audit(transaction& tx, call const& c, std::string_view action, std::string_view resource)
{
    auto const actor = c.actor();
    tx.at_commit(audit_sql({c.on->id, actor, std::string{action}, std::string{resource}}));
}

asio::awaitable<void> audit_now(
    core_state& core,
    std::string tenant_id,
    std::string actor,
    std::string action,
    std::string resource
)
{
    audit_entry const entry{tenant_id, std::move(actor), std::move(action), std::move(resource)};
    auto sql = set_tenant_sql(tenant_id) + audit_sql(entry);
    co_await core.main.script(std::move(sql));
}

asio::awaitable<response> read_page(call& c, page_query what)
{
    auto tx = co_await begin(c);
    auto out = co_await read_page(tx, std::move(what), read_window(c.in));
    co_await tx.commit();
    co_return out;
}

} // namespace watertight::lab::mis
