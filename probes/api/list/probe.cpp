#include "probes/api/list/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/shaping.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::api::list {

constexpr probe::spec spec{
    .id = "api.list",
    .title = "A list, search or summary shows other tenants' data",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A05 A06 A07 A09 A18 F2 MG4",
    .rationale = "The tenant filter is one predicate among many, built by code that may leave it "
                 "out when no other filter is given, or that lets a parameter of the request "
                 "replace it.",
    .remedy = "Take the tenant from the credentials alone, add it where queries are built rather "
              "than where they are used, and ignore or refuse parameters that name another.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::set<std::string> controlled;
    for (auto const& t : trials) {
        auto const shows_own = t.answer.token_of(t.answer.tenant) != nullptr;
        if (t.is_plain && t.answer.success() && shows_own) controlled.insert(t.answer.channel);
    }
    for (auto const& t : trials) {
        auto const& e = t.answer;
        std::set<tenant_index> named;
        for (auto const& token : e.seen) {
            if (token.who.tenant == e.tenant || !named.insert(token.who.tenant).second) continue;
            auto const detail = fmt::format(
                "{} asked for its own data{} and was shown another tenant's.",
                e.sender,
                t.with.empty() ? "" : " with " + t.with
            );
            out.violations.push_back(probe::shown_by(token, e.channel, detail, {e}));
        }
        // The target fails for the parameter, not for the list: nothing was shown by it.
        auto const fails_for_it = !t.is_plain && e.status >= 500 && controlled.contains(e.channel);
        if (fails_for_it) continue;
        if (e.undecided()) {
            seen.undecided(e.channel, "the request failed: " + probe::summary(e));
        } else if (controlled.contains(e.channel)) {
            seen.decided(e.channel);
        } else if (t.must_show_own) {
            seen.undecided(e.channel, "no tenant met its own canary in it: " + probe::summary(e));
        }
    }
    seen.finish(out);
    return out;
}

static std::string tenant_value(target::tenant const& t, std::string_view attribute)
{
    if (attribute == "slug") return t.slug;
    return std::string{t.attributes.find(attribute).value_or("")};
}

static bool is_identity(target::model const& m, std::string_view name)
{
    for (auto const& channel : m.identity) {
        if (channel.type == target::identity_channel::kind::query && channel.name == name)
            return true;
    }
    return false;
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

static asio::awaitable<trial> ask_with(
    probe::context& ctx,
    probe::target_operation read,
    tenant_index asker,
    probe::request_options options,
    std::vector<parameter> const& with
)
{
    trial out;
    out.must_show_own = false;
    out.is_plain = false;
    for (auto const& p : with) {
        if (is_identity(ctx.model(), p.name)) continue;
        options.changes.query.emplace_back(p.name, p.value);
        out.with += (out.with.empty() ? "" : "&") + p.name + "=" + p.value;
    }
    out.answer = co_await ctx.send(*read.op, ctx.actor(asker), std::move(options));
    co_return out;
}

static asio::awaitable<void> pollute(
    probe::context& ctx,
    probe::target_operation read,
    tenant_index asker,
    tenant_index other,
    probe::request_options const& place,
    probe::exchange const& own_view,
    std::vector<trial>& out
)
{
    auto queries = other_queries();
    for (auto const& shape : probe::shaping_queries(ctx, *read.op, own_view)) {
        auto& with = queries.emplace_back();
        for (auto const& [name, value] : shape) with.push_back({name, value});
    }
    for (auto const& with : queries) {
        auto polluted = co_await ask_with(ctx, read, asker, place, with);
        out.push_back(std::move(polluted));
    }
    auto const names = probe::tenant_names(ctx.model());
    for (auto& p : parameters(own_view.body, ctx.tenant(asker), ctx.tenant(other), names)) {
        // Conflicting identity channels are another probe's subject.
        if (is_identity(ctx.model(), p.name)) continue;
        std::vector<parameter> const one{std::move(p)};
        auto polluted = co_await ask_with(ctx, read, asker, place, one);
        out.push_back(std::move(polluted));
    }
}

// Parameters are tried by a few tenants: what a handler takes from one it takes from all.
static constexpr std::size_t polluters_max = 3;

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    std::size_t place_of_asker,
    std::vector<trial>& out
)
{
    auto const tenants = ctx.tenants();
    auto const asker = tenants[place_of_asker];
    auto const place = probe::own_place(ctx, asker, read, place_of_asker);
    // Without a parent nothing can be listed under one.
    if (probe::names_parent(*read.op) && place.parent == nullptr) co_return;
    trial plain;
    plain.must_show_own = read.of != nullptr && read.of->create.has_value();
    plain.answer = co_await ctx.send(*read.op, ctx.actor(asker), place);
    auto const view = plain.answer;
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(plain));
    if (place_of_asker >= polluters_max || tenants.size() < 2) co_return;
    auto const other = tenants[(place_of_asker + 1) % tenants.size()];
    co_await pollute(ctx, read, asker, other, place, view, out);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::collection_reads(ctx.model());
    auto const tenants = ctx.tenants();
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "the scenario describes no list";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], i / reads.size(), trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(tenants.size() * reads.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::list
