#include "harness/base/text.hpp"
#include "harness/probe/postgres_role.hpp"
#include "harness/probe/table_owner.hpp"

#include <algorithm>

namespace watertight::probe {

static std::string plain(std::string_view text)
{
    auto out = to_lower(text);
    std::ranges::replace(out, '-', '_');
    return out;
}

// As a whole or between underscores; '-' is as good as '_'.
static bool names(std::string const& schema, std::string const& tenant)
{
    static constexpr std::size_t name_bytes_min = 4;
    if (tenant.size() < name_bytes_min) return false;
    auto const at = schema.find(tenant);
    if (at == std::string::npos) return false;
    auto const end = at + tenant.size();
    return (at == 0 || schema[at - 1] == '_') && (end == schema.size() || schema[end] == '_');
}

static bool leads_to(context& ctx, tenant_index t, std::string_view schema)
{
    for (auto const& [name, value] : settings_of(ctx, t)) {
        if (name != "search_path") continue;
        for (auto const part : split(value, ',')) {
            auto one = trim(part);
            if (one.size() > 1 && one.front() == '"') one = one.substr(1, one.size() - 2);
            if (one == schema) return true;
        }
    }
    return false;
}

std::optional<tenant_index> tenant_of_schema(context& ctx, std::string_view schema)
{
    std::vector<tenant_index> led;
    for (auto const t : ctx.tenants()) {
        if (leads_to(ctx, t, schema)) led.push_back(t);
    }
    if (led.size() == 1 && ctx.tenants().size() > 1) return led.front();
    auto const written = plain(schema);
    for (auto const t : ctx.tenants()) {
        if (names(written, plain(ctx.tenant(t).slug))) return t;
        if (names(written, plain(stored_tenant_value(ctx, t)))) return t;
    }
    return std::nullopt;
}

} // namespace watertight::probe
