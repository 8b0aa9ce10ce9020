#include "probes/api/mass_assignment/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::mass_assignment {

static std::string text_of(nlohmann::json const& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

static void
collect(nlohmann::json const& json, std::string_view own_tenant, std::vector<std::string>& out)
{
    if (!json.is_structured()) return;
    for (auto const& [name, value] : json.items()) {
        if (json.is_object() && value.is_primitive() && text_of(value) == own_tenant) {
            if (std::ranges::count(out, name) == 0) out.push_back(name);
        }
        collect(value, own_tenant, out);
    }
}

std::vector<std::string> candidate_members(std::string_view own_view, std::string_view own_tenant)
{
    std::vector<std::string> out;
    auto const json = nlohmann::json::parse(own_view, nullptr, false);
    if (!json.is_discarded() && !own_tenant.empty()) collect(json, own_tenant, out);
    for (auto const* const usual :
         {"tenant_id", "tenantId", "tenant", "workspace_id", "workspaceId", "organization_id"})
    {
        if (std::ranges::count(out, usual) == 0) out.emplace_back(usual);
    }
    return out;
}

std::optional<std::string>
with_member(std::string_view body, std::string_view name, std::string_view value)
{
    auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() || !json.is_object()) return std::nullopt;
    auto const number = nlohmann::json::parse(value, nullptr, false);
    // A numeric id is sent as a number, as the service itself would.
    if (number.is_number_integer())
        json[std::string{name}] = number;
    else
        json[std::string{name}] = value;
    return json.dump();
}

} // namespace watertight::probes::api::mass_assignment
