#include "harness/probe/body_diff.hpp"
#include "probes/api/mass_assignment/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::mass_assignment {

std::vector<std::string> candidate_members(own_view intruder, own_view victim)
{
    auto out = probe::members_that_hold(intruder.body, intruder.tenant_id);
    // Where ids are short numbers, many a member holds the same by chance.
    auto const theirs = probe::members_that_hold(victim.body, victim.tenant_id);
    if (!theirs.empty()) {
        std::erase_if(out, [&](auto const& name) { return std::ranges::count(theirs, name) == 0; });
    }
    for (auto const* const usual :
         {"tenant_id",
          "tenantId",
          "tenant",
          "workspace_id",
          "workspaceId",
          "organization_id",
          "organizationId",
          "org_id",
          "account_id"})
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
