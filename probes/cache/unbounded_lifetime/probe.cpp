#include "probes/cache/unbounded_lifetime/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <map>
#include <utility>

namespace watertight::probes::cache::unbounded_lifetime {

constexpr probe::spec spec{
    .id = "cache.unbounded_lifetime",
    .title = "Cached data outlives the time that it was given",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::medium,
    .cwe = "CWE-613",
    .owasp = "API1:2023",
    .asvs = "14.2.2",
    .faults = "K23",
    .rationale = "An entry without an expiry stays when its tenant leaves, and keeps for good "
                 "whatever an invalidation missed.",
    .remedy = "Give every entry its lifetime in the one function that writes to the cache.",
};

probe::conclusion judge(std::vector<trial> const& keys, std::int64_t lifetime_max_s)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& k : keys) {
        auto const channel = "redis " + k.family;
        seen.decided(channel);
        if (k.ttl_s >= 0 && k.ttl_s <= lifetime_max_s) continue;
        probe::violation v;
        v.victim = k.owner;
        v.channel = channel;
        v.detail = k.ttl_s < 0 ? std::string{"The entry holds a tenant's data and never expires."}
                               : fmt::format(
                                     "The entry holds a tenant's data for another {} s; {} s are "
                                     "the most that the scenario allows.",
                                     k.ttl_s,
                                     lifetime_max_s
                                 );
        v.token = k.token;
        v.position = "value of the key";
        v.reproduction = k.reproduction;
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    if (keys.empty()) out.add_undecided("nothing in the cache holds a tenant's data");
    return out;
}

// Reads fill the cache; twice, for one that is filled from the second reading on.
static asio::awaitable<void> warm(probe::context& ctx, probe::target_operation read)
{
    auto const tenants = ctx.tenants();
    if (tenants.empty()) co_return;
    auto const made = co_await ctx.create_object(*read.of, tenants.front());
    if (made.has_error()) co_return;
    auto const about = probe::about(ctx, **made);
    auto& owner = ctx.actor(tenants.front());
    co_await ctx.send(*read.op, owner, about);
    co_await ctx.send(*read.op, owner, about);
}

static void take(
    probe::context& ctx,
    probe::redis_entry const& entry,
    std::string const& family,
    std::map<std::pair<std::string, std::int64_t>, trial>& out
)
{
    auto const canaries = probe::canaries_in(ctx, entry.value);
    // -2: it has gone since it was read.
    if (canaries.empty() || entry.ttl_s == -2) return;
    trial k;
    k.family = family;
    k.owner = canaries.front().who.tenant;
    k.token = canaries.front().token;
    k.ttl_s = entry.ttl_s;
    k.reproduction = probe::redis_reproduction(ctx, entry.at, "TTL");
    ctx.covered().examined("key_family", family, spec.id);
    out.try_emplace({family, entry.ttl_s}, std::move(k));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_redis() || !ctx.redis_store().lifetime_max) {
        out.not_applicable = "stores.redis says nothing of how long an entry may live";
        co_return out;
    }
    for (auto const& read : probe::object_reads(ctx.model())) {
        if (read.of->create) co_await warm(ctx, read);
        ctx.tick();
    }
    // One of each family and lifetime will do.
    std::map<std::pair<std::string, std::int64_t>, trial> found;
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        take(ctx, entry, family, found);
    };
    auto const walked = co_await probe::walk_redis(ctx, visit);
    if (walked.has_error()) {
        out.add_undecided(walked.error().message);
        co_return out;
    }
    std::vector<trial> keys;
    for (auto& [what, k] : found) keys.push_back(std::move(k));
    auto const most = std::chrono::ceil<std::chrono::seconds>(*ctx.redis_store().lifetime_max);
    out = judge(keys, most.count());
    auto bound = probe::cover_walk(ctx, *walked);
    if (!bound.empty()) out.notes.push_back(std::move(bound));
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::unbounded_lifetime
