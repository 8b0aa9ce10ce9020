#include "probes/cache/foreign_flush/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::cache::foreign_flush {

constexpr probe::spec spec{
    .id = "cache.foreign_flush",
    .title = "What one tenant does empties other tenants' cache",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::medium,
    .cwe = "CWE-668",
    .owasp = "API4:2023",
    .asvs = "8.4.1, 14.2.2",
    .faults = "K10",
    .rationale = "Flushing everything, or a pattern that is a prefix of other tenants' keys (t:1* "
                 "is t:10, too), is the easiest way to be rid of one tenant's entries. Sessions "
                 "end, locks and counters start anew, and the database takes the load.",
    .remedy = "Delete the keys of one tenant by a prefix that ends in a separator, or keep them in "
              "a set of their own; no FLUSHDB in an application.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided(t.event, "it could not be done: " + t.failure);
            continue;
        }
        if (t.keys.empty()) {
            seen.undecided(t.event, "no key held another tenant's data before: was it used?");
            continue;
        }
        seen.decided(t.event);
        auto const gone = std::ranges::find_if(t.keys, &kept_key::is_gone);
        if (gone == t.keys.end()) continue;
        probe::violation v;
        v.victim = gone->owner;
        v.intruder = t.by;
        v.channel = "redis " + gone->family;
        v.detail = fmt::format(
            "After {} of another tenant {} of {} keys with other tenants' data are gone, long "
            "before they expire.",
            t.event,
            std::ranges::count_if(t.keys, &kept_key::is_gone),
            t.keys.size()
        );
        v.token = gone->token;
        v.position = gone->key;
        v.reproduction = gone->reproduction;
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

// Keys that hold a tenant's canary and don't expire by themselves while the probe runs.
static asio::awaitable<result<std::vector<kept_key>>>
keys_of_others(probe::context& ctx, tenant_index by)
{
    static constexpr std::int64_t ttl_s_min = 20;
    auto const db = co_await ctx.redis();
    if (db.has_error()) co_return db.error();
    auto const entries = co_await probe::redis_entries(ctx, **db);
    if (entries.has_error()) co_return entries.error();
    auto const url = probe::variable_for(ctx, ctx.redis_store().url);
    std::vector<kept_key> out;
    for (auto const& entry : *entries) {
        if (entry.ttl_s >= 0 && entry.ttl_s < ttl_s_min) continue;
        std::vector<evidence::sighting> tokens;
        ctx.eye().scan(entry.value, tokens);
        auto const own =
            std::ranges::any_of(tokens, [&](auto const& s) { return s.who.tenant == by; });
        if (tokens.empty() || own) continue;
        kept_key k;
        k.key = entry.key;
        k.family = probe::key_family(entry.key, ctx.population());
        k.owner = tokens.front().who.tenant;
        k.token = tokens.front().token;
        k.reproduction = evidence::redis_command(url, {"EXISTS", entry.key});
        out.push_back(std::move(k));
    }
    co_return out;
}

static asio::awaitable<void> compare(probe::context& ctx, tenant_index by, trial& t)
{
    auto const now = co_await keys_of_others(ctx, by);
    if (now.has_error()) {
        t.failure = now.error().message;
        co_return;
    }
    std::set<std::string> left;
    for (auto const& k : *now) left.insert(k.key);
    for (auto& k : t.keys) k.is_gone = !left.contains(k.key);
}

// Reads that fill the cache of every tenant but one.
static asio::awaitable<void> warm(probe::context& ctx, tenant_index but)
{
    static constexpr std::size_t tenants_max = 8;
    auto const tenants = ctx.tenants();
    for (std::size_t i = 0; i < std::min(tenants.size(), tenants_max); ++i) {
        if (tenants[i] == but) continue;
        for (auto const& read : probe::object_reads(ctx.model())) {
            auto const* const object = probe::pick_object(ctx, tenants[i], *read.of, 0);
            if (object == nullptr) continue;
            auto const options = probe::about(ctx, *object);
            co_await ctx.send(*read.op, ctx.actor(tenants[i]), options);
        }
    }
}

static asio::awaitable<trial> begin(probe::context& ctx, tenant_index by, std::string event)
{
    trial t;
    t.event = std::move(event);
    t.by = by;
    co_await warm(ctx, by);
    auto keys = co_await keys_of_others(ctx, by);
    if (keys.has_error())
        t.failure = keys.error().message;
    else
        t.keys = std::move(*keys);
    co_return t;
}

// A tenant changes and deletes what is its own.
static asio::awaitable<void>
write(probe::context& ctx, target::resource const& r, tenant_index by, std::vector<trial>& out)
{
    for (auto const* const op : {&r.update, &r.remove}) {
        if (!*op) continue;
        auto const made = co_await ctx.create_object(r, by);
        if (made.has_error()) continue;
        auto options = probe::about(ctx, **made);
        auto& who = ctx.actor(by);
        if (r.read) co_await ctx.send(*r.read, who, options);
        options.canary = ctx.fresh_canary(by);
        options.canary_number = ctx.fresh_number(by);
        auto event = (*op)->channel();
        auto t = co_await begin(ctx, by, std::move(event));
        auto const done = co_await ctx.send(**op, who, std::move(options));
        if (!done.success()) t.failure = probe::summary(done);
        if (done.success() && op == &r.remove) (*made)->removed = true;
        if (t.failure.empty()) co_await compare(ctx, by, t);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<void> leave(probe::context& ctx, std::vector<trial>& out)
{
    auto const made = co_await tenants::provision_extra(ctx.shop());
    if (made.has_error()) co_return;
    auto& tenant = **made;
    auto const& how = ctx.shop().how;
    // Named first: a conditional inside the awaited expression is destroyed twice by GCC 12.
    std::string event = how.remove ? how.remove->channel() : "removal of a tenant";
    auto t = co_await begin(ctx, tenant.index, std::move(event));
    auto const removed = co_await tenants::remove_tenant(ctx.shop(), tenant);
    if (removed.has_error()) t.failure = removed.error().message;
    if (t.failure.empty()) co_await compare(ctx, tenant.index, t);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_redis() || ctx.tenants().size() < 2) {
        out.not_applicable = "stores.redis and two tenants";
        co_return out;
    }
    auto const by = ctx.tenants().back();
    std::vector<trial> trials;
    using target::resource;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        co_await write(ctx, *r, by, trials);
    }
    auto const& how = ctx.shop().how;
    if (how.remove || how.remove_sql || how.remove_command) co_await leave(ctx, trials);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::foreign_flush
