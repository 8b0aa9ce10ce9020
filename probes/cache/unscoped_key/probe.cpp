#include "probes/cache/unscoped_key/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::cache::unscoped_key {

constexpr probe::spec spec{
    .id = "cache.unscoped_key",
    .title = "The cache serves one tenant's data to another",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-524",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 14.2.2",
    .faults = "K01 K02 K16 K20 K21",
    .rationale = "The database is asked with the tenant, the cache without: whoever asks second is "
                 "given what the first one saw.",
    .remedy = "Make the tenant the first part of every key, in the one function that builds keys.",
};

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<api_trial>& out
)
{
    auto const made = co_await ctx.create_object(*read.of, pair.victim);
    if (made.has_error()) co_return;
    auto const about = probe::about(ctx, **made);
    auto& owner = ctx.actor(pair.victim);
    api_trial t;
    t.cold = co_await probe::send_as_intruder(ctx, *read.op, pair, about);
    t.first = co_await ctx.send(*read.op, owner, about);
    t.second = co_await ctx.send(*read.op, owner, about);
    t.warm = co_await probe::send_as_intruder(ctx, *read.op, pair, about);
    out.push_back(std::move(t));
}

static bool names_tenant(probe::context& ctx, std::string const& key, tenant_index t)
{
    auto const& patterns = ctx.redis_store().keys;
    auto const fits = [&](target::template_text const& pattern) {
        return probe::glob_matches(probe::render_for(ctx, pattern, t), key);
    };
    if (!patterns.empty()) return std::ranges::any_of(patterns, fits);
    // Without a pattern, the tenant's slug or id anywhere in the key will do.
    auto const& tenant = ctx.tenant(t);
    auto const id = tenant.attributes.find("id");
    return key.find(tenant.slug) != std::string::npos ||
           (id && id->size() >= 4 && key.find(*id) != std::string::npos);
}

static std::vector<key_trial>
attribute(probe::context& ctx, std::vector<probe::redis_entry> const& entries)
{
    std::vector<key_trial> out;
    auto const url = probe::variable_for(ctx, ctx.redis_store().url);
    for (auto const& entry : entries) {
        auto const canaries = probe::canaries_in(ctx, entry.value);
        if (canaries.empty()) continue;
        key_trial k;
        k.key = entry.key;
        k.family = probe::key_family(entry.key, ctx.population());
        k.owner = canaries.front().who.tenant;
        k.token = canaries.front().token;
        k.names_owner = names_tenant(ctx, entry.key, k.owner);
        for (auto const t : ctx.tenants()) {
            if (!k.names_owner && t != k.owner && names_tenant(ctx, entry.key, t))
                k.names_other = t;
        }
        k.reproduction = evidence::redis_command(url, {"GET", entry.key});
        ctx.covered().examined("key_family", k.family, spec.id);
        out.push_back(std::move(k));
    }
    return out;
}

static asio::awaitable<void>
scan_store(probe::context& ctx, std::vector<key_trial>& keys, std::string& failed)
{
    auto const db = co_await ctx.redis();
    if (db.has_error()) {
        failed = db.error().message;
        co_return;
    }
    auto const entries = co_await probe::redis_entries(ctx, **db);
    if (entries.has_error())
        failed = entries.error().message;
    else
        keys = attribute(ctx, *entries);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto reads = probe::object_reads(ctx.model());
    std::erase_if(reads, [](auto const& read) { return !read.of->create.has_value(); });
    probe::conclusion out;
    if (reads.empty() && !ctx.has_redis()) {
        out.not_applicable = "no object can be created and read, and no cache is named in stores";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 6;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<api_trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    std::vector<key_trial> keys;
    std::string failed;
    if (ctx.has_redis()) co_await scan_store(ctx, keys, failed);
    out = judge(trials, keys, ctx.has_redis());
    if (!failed.empty()) out.add_undecided("the cache could not be scanned: " + failed);
    auto const no_sign = out.violations.empty() && keys.empty() && !ctx.has_redis();
    if (no_sign && !out.undecided.empty()) {
        out.not_applicable = "neither stores.redis nor a cache header tells of a cache";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::unscoped_key
