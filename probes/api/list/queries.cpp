#include "harness/probe/body_diff.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/list/probe.hpp"

#include <algorithm>

namespace watertight::probes::api::list {

static std::string tenant_value(target::tenant const& t, std::string_view attribute)
{
    if (attribute == "slug") return t.slug;
    return std::string{t.attributes.find(attribute).value_or("")};
}

std::vector<parameter> parameters(
    std::string_view own_view,
    target::tenant const& asker,
    target::tenant const& other,
    std::vector<std::string> const& own_names
)
{
    std::vector<parameter> out;
    auto const add = [&](std::string name, std::string value) {
        auto const known = std::ranges::any_of(out, [&](auto const& p) {
            return p.name == name && p.value == value;
        });
        if (!known && !value.empty()) out.push_back({std::move(name), std::move(value)});
    };
    // What the target itself calls the tenant in its answers, it may take as a filter.
    for (auto const& name : probe::members_that_hold(own_view, tenant_value(asker, "id"))) {
        add(name, tenant_value(other, "id"));
    }
    for (auto const& name : own_names) {
        add(name, tenant_value(other, "id"));
        add(name, other.slug);
    }
    for (auto const* const name :
         {"tenant_id",  "tenantId",        "workspace_id",   "workspaceId",     "org_id",
          "orgId",      "organization_id", "organizationId", "organisation_id", "account_id",
          "accountId",  "company_id",      "customer_id",    "customerId",      "client_id",
          "project_id", "projectId",       "team_id",        "group_id",        "site_id",
          "owner_id"})
    {
        add(name, tenant_value(other, "id"));
    }
    for (auto const* const name :
         {"tenant",
          "tenant_slug",
          "tenantSlug",
          "workspace",
          "org",
          "organization",
          "account",
          "subdomain",
          "realm",
          "schema",
          "database"})
    {
        add(name, other.slug);
    }
    // Keys of files begin with whose they are; a list by prefix may be all that looks at it.
    for (auto const* const name : {"prefix", "path", "folder"}) {
        for (auto const& of : {tenant_value(other, "id"), other.slug}) {
            if (!of.empty()) add(name, of + "/");
        }
        add(name, "/");
    }
    // What widens a list to everybody's.
    for (auto const* const name : {"all", "all_tenants", "global", "admin"}) add(name, "true");
    add("scope", "all");
    add("tenant_id", "*");
    add("limit", "1000");
    return out;
}

std::vector<std::vector<parameter>>
in_groups(target::tenant const& other, std::vector<std::string> const& own_names)
{
    auto names = own_names;
    for (auto const* const usual :
         {"tenant", "tenant_id", "tenantId", "workspace", "org", "organization", "account"})
    {
        if (std::ranges::count(names, usual) == 0) names.emplace_back(usual);
    }
    auto values = std::vector{tenant_value(other, "id"), other.slug};
    if (values.front().empty() || values.front() == values.back()) values.erase(values.begin());
    std::vector<std::vector<parameter>> out;
    for (auto const& value : values) {
        for (auto const* const group : {"filter", "filters", "where"}) {
            auto& all = out.emplace_back();
            for (auto const& name : names) {
                all.push_back({fmt::format("{}[{}]", group, name), value});
            }
        }
    }
    return out;
}

static std::vector<parameter>
all_named(std::initializer_list<char const*> names, std::string_view value)
{
    std::vector<parameter> out;
    for (auto const* const name : names) out.push_back({name, std::string{value}});
    return out;
}

std::vector<std::vector<parameter>> other_queries()
{
    static constexpr std::string_view first_day = "1970-01-01T00:00:00Z";
    auto const since = {
        "since",
        "updated_since",
        "modified_since",
        "changed_since",
        "created_after",
        "updated_after",
        "updatedSince",
        "modifiedSince",
        "createdAfter",
        "updatedAfter",
        "from"};
    return {
        all_named(since, "0"),
        all_named(since, first_day),
        all_named({"q", "query", "search", "term", "keyword", "name"}, evidence::canary_prefix),
        all_named({"sort", "sort_by", "sortBy", "order_by", "orderBy", "ordering"}, "id"),
        all_named(
            {"include_deleted",
             "with_deleted",
             "includeDeleted",
             "deleted",
             "archived",
             "include_archived",
             "includeArchived",
             "trashed"},
            "true"
        ),
        // What is not listed as a rule. One by one: of several, one that is no filter of the
        // target's empties the list.
        {{"include", "archived"}},
        {{"include", "deleted"}},
        {{"status", "archived"}},
        {{"status", "deleted"}},
        {{"status", "all"}},
        {{"state", "all"}},
        {{"filter", "all"}},
        {{"view", "all"}},
        // What stands on a page of its own may come from another query.
        {{"page", "2"},
         {"perPage", "1"},
         {"per_page", "1"},
         {"page_size", "1"},
         {"pageSize", "1"},
         {"limit", "1"}},
        {{"offset", "1"}, {"skip", "1"}, {"start", "1"}, {"limit", "1"}},
        // Less work for whoever needs no total.
        {{"skipTotal", "1"}, {"count", "false"}, {"with_total", "false"}, {"meta", "none"}},
    };
}

std::vector<std::string>
filters_by(std::string_view resource, std::string_view own_view, std::string_view own_id)
{
    auto const one = singular(resource);
    auto out = probe::members_that_hold(own_view, own_id);
    std::erase_if(out, [](auto const& name) { return name == "id"; });
    for (auto const& name :
         {one + "_id",
          one + "Id",
          one,
          std::string{resource},
          one + "_ids",
          one + "__id",
          "filter[" + one + "]",
          "filter[" + one + "_id]"})
    {
        if (std::ranges::count(out, name) == 0) out.push_back(name);
    }
    return out;
}

} // namespace watertight::probes::api::list
