#include "harness/probe/body_diff.hpp"
#include "probes/api/mass_assignment/probe.hpp"

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

} // namespace watertight::probes::api::mass_assignment
