#include "harness/base/text.hpp"
#include "harness/probe/postgres_role.hpp"
#include "harness/probe/targets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace watertight::probe {

using stores::quote_literal;

bool has_context(target::postgres_store const& store)
{
    return !store.context.empty();
}

std::vector<tenant_setting> settings_of(context& ctx, tenant_index t)
{
    std::vector<tenant_setting> out;
    for (auto const part : split(ctx.postgres_store().context, ';')) {
        auto const equals = part.find('=');
        auto const name = trim(part.substr(0, equals));
        if (name.empty()) continue;
        if (equals == std::string_view::npos) {
            out.push_back({std::string{name}, stored_tenant_value(ctx, t)});
            continue;
        }
        auto const text = target::template_text::compile(
            std::string{trim(part.substr(equals + 1))}, target::escape::none
        );
        out.push_back({std::string{name}, render_for(ctx, text, t)});
    }
    return out;
}

static std::string set_sql(std::string_view name, std::string_view value)
{
    return fmt::format(
        "select set_config({}, {}, true)", quote_literal(name), quote_literal(value)
    );
}

std::string context_sql_of(context& ctx, tenant_index t)
{
    std::vector<std::string> out;
    for (auto const& [name, value] : settings_of(ctx, t)) out.push_back(set_sql(name, value));
    return join(out, "; ");
}

static std::vector<std::string> set_all_sql(std::vector<tenant_setting> const& settings)
{
    std::vector<std::string> out;
    for (auto const& [name, value] : settings) out.push_back(set_sql(name, value));
    return out;
}

bool has_role_each(context& ctx)
{
    std::set<std::string> roles;
    for (auto const t : ctx.tenants()) {
        for (auto const& one : settings_of(ctx, t)) {
            if (one.name == "role") roles.insert(one.value);
        }
    }
    return roles.size() > 1;
}

std::string context_base_sql(context& ctx)
{
    std::vector<tenant_setting> same;
    auto const tenants = ctx.tenants();
    if (tenants.size() < 2) return {};
    auto const others = settings_of(ctx, tenants[1]);
    for (auto const& one : settings_of(ctx, tenants[0])) {
        auto const is_same = [&](tenant_setting const& other) {
            return other.name == one.name && other.value == one.value;
        };
        if (std::ranges::any_of(others, is_same)) same.push_back(one);
    }
    return join(set_all_sql(same), "; ");
}

// Members of a document that hold `own`, as a text or a number.
static bool replace_members(nlohmann::json& in, std::string const& own, std::string_view value)
{
    if (in.is_structured()) {
        bool out = false;
        for (auto& member : in) out = replace_members(member, own, value) || out;
        return out;
    }
    auto const is_own = in.is_string() ? in.get<std::string>() == own : in.dump() == own;
    if (is_own) in = std::string{value};
    return is_own;
}

// A short id is a part of many a text that names something else.
static std::optional<std::string>
with_value(std::string const& text, std::string const& own, std::string_view value)
{
    static constexpr std::size_t telling_bytes_min = 8;
    if (own.empty()) return std::nullopt;
    if (text == own) return std::string{value};
    auto claims = nlohmann::json::parse(text, nullptr, false);
    if (claims.is_object()) {
        if (!replace_members(claims, own, value)) return std::nullopt;
        return claims.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    if (own.size() < telling_bytes_min || text.find(own) == std::string::npos) return std::nullopt;
    return replace_all(text, own, value);
}

std::string context_sql_like(context& ctx, tenant_index t, std::string_view value)
{
    auto const own = stored_tenant_value(ctx, t);
    auto settings = settings_of(ctx, t);
    bool is_named = false;
    for (auto& one : settings) {
        auto other = with_value(one.value, own, value);
        if (!other) continue;
        one.value = std::move(*other);
        is_named = true;
    }
    return is_named ? join(set_all_sql(settings), "; ") : std::string{};
}

std::string standing_sql(context& ctx)
{
    auto const tenants = ctx.tenants();
    if (tenants.empty()) return {};
    auto const settings = settings_of(ctx, tenants.front());
    auto const is_role = [](tenant_setting const& one) { return one.name == "role"; };
    auto const at = std::ranges::find_if(settings, is_role);
    return at == settings.end() ? std::string{} : set_sql(at->name, at->value);
}

} // namespace watertight::probe
