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

static bool names_tenants_by_slug(target::model const& m)
{
    auto const by_slug = [](std::optional<target::operation> const& op) {
        return op && op->mentions("tenant.slug");
    };
    return std::ranges::any_of(m.resources, [&](target::resource const& r) {
        return by_slug(r.create) || by_slug(r.read) || by_slug(r.list);
    });
}

std::vector<std::string>
values_for(probe::context& ctx, std::string_view member, tenant_index victim)
{
    auto const& t = ctx.tenant(victim);
    auto const slug = std::string{t.attributes.find("slug").value_or(t.slug)};
    std::vector<std::string> out{std::string{t.attributes.find("id").value_or(t.slug)}};
    auto const is_id = member.ends_with("id") || member.ends_with("Id");
    if (!is_id && out.front() != slug && names_tenants_by_slug(ctx.model())) out.push_back(slug);
    return out;
}

} // namespace watertight::probes::api::mass_assignment
