#include "scenarios/lab/user_integers/call.hpp"

#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::user_integers {

using nlohmann::json;
using stores::quote_literal;

std::string set_tenant_sql(std::string_view tenant_id)
{
    return fmt::format("SELECT set_config('app.tenant_id', {}, true); ", quote_literal(tenant_id));
}

std::string key_prefix(std::string_view tenant_id)
{
    return fmt::format("tenant:{}:", tenant_id);
}

std::string session_key(std::string_view tenant_id, std::string_view user_id)
{
    return fmt::format("{}session:{}", key_prefix(tenant_id), user_id);
}

std::uint32_t session_s(process_state const& process)
{
    return process.asked.session_s.value_or(session_s_default);
}

static std::uint64_t scaled(std::uint64_t value, double factor)
{
    return static_cast<std::uint64_t>(static_cast<double>(value) * factor);
}

static std::shared_ptr<tenant const> to_tenant(process_state const& process, json const& row)
{
    auto out = std::make_shared<tenant>();
    out->id = row["id"];
    out->name = row["name"];
    out->subdomain = row["subdomain"];
    out->status = row["status"];
    out->on_plan = find_by_name(plans, row["plan_type"].get<std::string>());
    auto const& p = *out->on_plan;
    auto const number = [&](char const* name, std::uint64_t otherwise) {
        return row[name].is_null() ? otherwise : row[name].get<std::uint64_t>();
    };
    auto const factor = process.asked.rate_scale;
    out->users_max = number("max_users", p.users_max);
    // What a tenant was given by name holds as it is; the plan's figure is for the lab to scale.
    out->calls_per_month = number("max_api_calls_per_month", scaled(p.calls_per_month, factor));
    out->calls_per_minute = scaled(p.calls_per_minute, factor);
    return out;
}

static asio::awaitable<std::shared_ptr<tenant const>>
read_tenant(core_state& core, std::string column, std::string value)
{
    auto const read_at = core.process.tenants.now();
    sql_values values{std::move(value)};
    auto const rows = co_await core.main.query(
        fmt::format(
            "SELECT json_build_object('id', id, 'name', name, 'subdomain', subdomain, "
            "'status', status, 'plan_type', plan_type, 'max_users', max_users, "
            "'max_api_calls_per_month', max_api_calls_per_month) FROM tenants WHERE {} = $1",
            column
        ),
        std::move(values)
    );
    if (rows.values.empty()) co_return nullptr;
    auto found = to_tenant(core.process, json::parse(rows.values[0][0].value()));
    core.process.tenants.put(found, read_at);
    co_return found;
}

asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string id)
{
    if (auto known = core.process.tenants.find(id)) co_return known;
    if (!is_uuid(id)) co_return nullptr;
    co_return co_await read_tenant(core, "id", std::move(id));
}

asio::awaitable<std::shared_ptr<tenant const>>
find_tenant_by_subdomain(core_state& core, std::string label)
{
    auto const id = core.process.tenants.id_of(label);
    if (auto known = core.process.tenants.find(id)) co_return known;
    co_return co_await read_tenant(core, "subdomain", std::move(label));
}

asio::awaitable<stores::postgres_rows> query(call& c, std::string sql, sql_values values)
{
    return c.core.pools.query(c.on->id, std::move(sql), std::move(values));
}

} // namespace watertight::lab::user_integers
