#include "probes/cache/tenant_credentials/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/cache/tenant_credentials/attempts.hpp"

#include <map>

namespace watertight::probes::cache::tenant_credentials {

constexpr probe::spec spec{
    .id = "cache.tenant_credentials",
    .title = "A tenant's own credentials for the cache reach what is others'",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-732",
    .owasp = "API5:2023",
    .asvs = "8.4.1, 13.2.2",
    .faults = "K11 K12 K13 K14 K15",
    .rationale =
        "A key's prefix keeps tenants apart only for who asks by it. With credentials of its own "
        "a tenant asks the server itself: for any key that the pattern of its account lets "
        "through, for commands that concern everybody, for channels that carry what others do.",
    .remedy = "Give each tenant's account resetkeys ~prefix:<tenant>:* with a separator at the end "
              "of the tenant, resetchannels &prefix:<tenant>:*, and by name the commands that it "
              "needs (-@all +get ...): no SCAN, KEYS, MONITOR, SLOWLOG, CONFIG, SCRIPT FLUSH.",
};

static asio::awaitable<result<std::map<tenant_index, owned_key>>> learn_keys(probe::context& ctx)
{
    std::map<tenant_index, owned_key> out;
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        auto const tokens = probe::canaries_in(ctx, entry.value);
        // In another database its credentials look in vain.
        if (tokens.empty() || entry.ttl_s == -2 || entry.at.database) return;
        out.try_emplace(tokens.front().who.tenant, owned_key{entry.at.key, entry.type, family});
    };
    auto const walked = co_await probe::walk_redis(ctx, visit);
    if (walked.has_error()) co_return walked.error();
    co_return out;
}

// What the tenant was given for the store, by the names of captures.
static std::string url_of(probe::context& ctx, tenant_index t)
{
    auto const& known = ctx.tenant(t).attributes;
    auto const user = known.find("redis_user");
    auto const password = known.find("redis_password");
    if (!user || !password) return {};
    return with_credentials(ctx.redis_store().url, *user, *password);
}

static trial without(probe::tenant_pair pair, std::string why)
{
    trial t;
    t.victim = pair.victim;
    t.intruder = pair.intruder;
    t.channel = "redis";
    t.why_not = std::move(why);
    return t;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::tenant_pair pair,
    std::map<tenant_index, owned_key> const& keys,
    std::vector<trial>& out
)
{
    auto const own = keys.find(pair.intruder);
    auto const theirs = keys.find(pair.victim);
    if (own == keys.end() || theirs == keys.end()) {
        out.push_back(without(pair, "no key holds data of both tenants: was the cache used?"));
        co_return;
    }
    attack a{ctx, pair, url_of(ctx, pair.intruder), own->second, theirs->second, out};
    auto url = a.url;
    auto db = co_await stores::redis::connect(ctx.core(), std::move(url), std::chrono::seconds{5});
    if (db.has_error()) {
        out.push_back(without(pair, "with its own credentials: " + db.error().message));
        co_return;
    }
    co_await try_keys(a, *db);
    co_await try_commands(a, *db);
    co_await try_views(a, *db);
    co_await try_monitor(a);
    co_await try_channels(a);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    static constexpr std::size_t pairs_max = 2;
    auto pairs = ctx.few_pairs(pairs_max);
    if (!ctx.has_redis()) pairs.clear();
    std::erase_if(pairs, [&](auto const& pair) { return url_of(ctx, pair.intruder).empty(); });
    if (pairs.empty()) {
        out.not_applicable = "stores.redis, and tenants that have credentials of their own for it "
                             "(tenants.create captures redis_user and redis_password)";
        co_return out;
    }
    for (auto const& pair : pairs) {
        co_await probe::warm_reads(ctx, pair.victim);
        co_await probe::warm_reads(ctx, pair.intruder);
    }
    auto const keys = co_await learn_keys(ctx);
    if (keys.has_error()) {
        out.add_undecided(keys.error().message);
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& pair : pairs) {
        co_await attempt(ctx, pair, *keys, trials);
        ctx.tick();
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::tenant_credentials
