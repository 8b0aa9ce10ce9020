#include "probes/cache/unscoped_key/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

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
    // Without a pattern, the tenant's slug or id as a word of the key will do.
    auto const& tenant = ctx.tenant(t);
    auto const id = tenant.attributes.find("id");
    return probe::names_word(key, tenant.slug) || (id && probe::names_word(key, *id));
}

namespace {

/// Sorts the keys that hold canaries by what is to be said of them, one of each kept.
class attribution {
public:
    explicit attribution(probe::context& ctx)
        : ctx_{ctx}, url_{probe::variable_for(ctx, ctx.redis_store().url)}
    {
    }

    void take(probe::redis_entry const& entry, std::string const& family)
    {
        auto const canaries = probe::canaries_in(ctx_, entry.value);
        std::set<tenant_index> owners;
        for (auto const& token : canaries) {
            if (owners.insert(token.who.tenant).second) take_token(entry, family, token);
        }
    }

    std::vector<key_trial> finish()
    {
        std::vector<key_trial> out;
        for (auto& [key, t] : trials_) out.push_back(std::move(t));
        return out;
    }

private:
    void take_token(
        probe::redis_entry const& entry, std::string const& family, evidence::sighting const& token
    )
    {
        auto const owner = token.who.tenant;
        auto const names_owner = names_tenant(ctx_, entry.key, owner);
        std::optional<tenant_index> other;
        if (!names_owner) other = named_in(entry.key, owner);
        auto const [at, is_new] =
            trials_.try_emplace(std::tuple{family, owner, names_owner, other});
        auto& t = at->second;
        if (!is_new) {
            ++t.count;
            return;
        }
        t.key = entry.key;
        t.family = family;
        t.owner = owner;
        t.token = token.token;
        t.names_owner = names_owner;
        t.is_guessed = ctx_.redis_store().keys.empty();
        t.names_other = other;
        t.reproduction = evidence::redis_command(url_, {"GET", entry.key});
        ctx_.covered().examined("key_family", family, spec.id);
    }

    std::optional<tenant_index> named_in(std::string const& key, tenant_index but)
    {
        for (auto const t : ctx_.tenants()) {
            if (t != but && is_telling(t) && names_tenant(ctx_, key, t)) return t;
        }
        return std::nullopt;
    }

    // Without a pattern a short number may be anybody's id, and of anything.
    bool is_telling(tenant_index t)
    {
        static constexpr std::size_t size_min = 8;
        if (!ctx_.redis_store().keys.empty()) return true;
        auto const id = ctx_.tenant(t).attributes.find("id");
        return ctx_.tenant(t).slug.size() >= size_min && (!id || id->size() >= size_min);
    }

    using kind = std::tuple<std::string, tenant_index, bool, std::optional<tenant_index>>;

    probe::context& ctx_;
    std::string url_;
    std::map<kind, key_trial> trials_;
};

} // namespace

static asio::awaitable<void> scan_store(
    probe::context& ctx,
    std::vector<key_trial>& keys,
    std::string& failed,
    std::vector<std::string>& notes
)
{
    auto const db = co_await ctx.redis();
    if (db.has_error()) {
        failed = db.error().message;
        co_return;
    }
    attribution found{ctx};
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        found.take(entry, family);
    };
    auto const walked = co_await probe::walk_redis(ctx, **db, visit);
    if (walked.has_error()) {
        failed = walked.error().message;
        co_return;
    }
    keys = found.finish();
    auto bound = probe::cover_walk(ctx, *walked);
    if (!bound.empty()) notes.push_back(std::move(bound));
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
    std::vector<std::string> notes;
    if (ctx.has_redis()) co_await scan_store(ctx, keys, failed, notes);
    out = judge(trials, keys, ctx.has_redis());
    std::ranges::move(notes, std::back_inserter(out.notes));
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
