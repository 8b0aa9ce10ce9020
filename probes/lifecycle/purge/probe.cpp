#include "probes/lifecycle/purge/probe.hpp"

#include "harness/probe/guests.hpp"
#include "harness/probe/tally.hpp"
#include "probes/lifecycle/purge/places.hpp"

namespace watertight::probes::lifecycle::purge {

constexpr probe::spec spec{
    .id = "lifecycle.purge",
    .title = "A removed tenant's data is still there",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-459",
    .owasp = "API9:2023",
    .asvs = "14.2.7",
    .faults = "L1 L2 L3 L6 K23 F9",
    .rationale =
        "Removal deletes what its author remembered. Tables added later, caches, files and "
        "tokens outlive the contract, and a later tenant may inherit them.",
    .remedy = "Let foreign keys cascade from the tenant, delete key prefixes and file trees in the "
              "same operation, and refuse credentials of tenants that no longer exist.",
};

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    if (!t.removal_failure.empty()) {
        out.add_undecided("the tenant could not be removed: " + t.removal_failure);
        return out;
    }
    for (auto const& p : t.places) {
        // A place that never held anything of the tenant can't show that it was emptied.
        if (p.before == 0 && p.after == 0) continue;
        ++out.trials;
        ++out.controls;
        if (p.after == 0) continue;
        probe::violation v;
        v.victim = t.tenant;
        v.channel = p.channel;
        v.detail = fmt::format(
            "{} of {} traces of the tenant are still there after its removal.", p.after, p.before
        );
        v.token = p.token;
        v.position = p.where;
        v.reproduction = p.reproduction;
        out.violations.push_back(std::move(v));
    }
    if (out.trials == 0) out.add_undecided("nothing of the tenant was found before its removal");
    return out;
}

// Several of each resource, each read once, so that rows, files and cache entries exist.
static asio::awaitable<void> live(probe::context& ctx, target::tenant& t)
{
    static constexpr std::size_t objects_each = 3;
    for (auto const& r : ctx.model().resources) {
        if (!r.create || !r.parent.empty() || r.is_shared) continue;
        for (std::size_t i = 0; i < objects_each; ++i) {
            auto const made = co_await ctx.create_object(r, t.index);
            if (made.has_error() || !r.read) continue;
            auto const options = probe::about(ctx, **made);
            co_await ctx.send(*r.read, t.actors.front(), options);
        }
    }
}

static bool is_removable(probe::context& ctx)
{
    auto const& how = ctx.shop().how;
    return probe::makes_tenants(ctx) && (how.remove || how.remove_sql || how.remove_command);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!is_removable(ctx)) {
        out.not_applicable = "the scenario can't both create and remove a tenant";
        co_return out;
    }
    auto const made = co_await tenants::provision_extra(ctx.shop());
    if (made.has_error()) {
        out.add_undecided("no further tenant could be made: " + made.error().message);
        co_return out;
    }
    auto& tenant = **made;
    co_await live(ctx, tenant);
    std::vector<std::string> failures;
    auto const before = co_await traces(ctx, tenant, failures);
    auto const removed = co_await tenants::remove_tenant(ctx.shop(), tenant);
    trial t{.tenant = tenant.index, .removal_failure = {}, .places = {}};
    if (removed.has_error()) t.removal_failure = removed.error().message;
    auto const after = co_await traces(ctx, tenant, failures);
    t.places = compare(before, after);
    out = judge(t);
    for (auto& failure : failures) out.add_undecided(std::move(failure));
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::purge
