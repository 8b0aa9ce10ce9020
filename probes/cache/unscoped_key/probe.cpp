#include "probes/cache/unscoped_key/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/cache/unscoped_key/claims.hpp"

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

namespace {

/// Sorts the keys that hold canaries by what is to be said of them, one of each kept.
class attribution {
public:
    explicit attribution(probe::context& ctx) : ctx_{ctx}, claims_{ctx} {}

    void take(probe::redis_entry const& entry, std::string const& family)
    {
        if (entry.parts.empty()) {
            take_text(entry, nullptr, entry.value, family);
            return;
        }
        for (auto const& part : entry.parts) {
            auto const is_field = entry.type == "hash";
            take_text(entry, &part, is_field ? part.name + "\n" + part.text : part.text, family);
        }
    }

    std::vector<key_trial> finish()
    {
        std::vector<key_trial> out;
        for (auto& [key, t] : trials_) out.push_back(std::move(t));
        return out;
    }

private:
    void take_text(
        probe::redis_entry const& entry,
        probe::redis_part const* part,
        std::string_view text,
        std::string const& family
    )
    {
        std::set<tenant_index> owners;
        for (auto const& token : probe::canaries_in(ctx_, text)) {
            auto const owner = token.who.tenant;
            if (!owners.insert(owner).second) continue;
            auto const claim = claims_.of(entry, part, owner);
            auto const [at, is_new] = trials_.try_emplace(std::tuple{
                family, owner, claim.names_owner, claim.names_other});
            auto& t = at->second;
            if (is_new) begin(entry, family, token, t);
            if (!is_new) ++t.count;
            t.names_owner = claim.names_owner;
            t.names_other = claim.names_other;
        }
    }

    void begin(
        probe::redis_entry const& entry,
        std::string const& family,
        evidence::sighting const& token,
        key_trial& t
    )
    {
        t.key = entry.at.name();
        t.family = family;
        t.owner = token.who.tenant;
        t.token = token.token;
        t.is_guessed = claims_.is_guessed();
        t.reproduction = probe::redis_reproduction(ctx_, entry);
        ctx_.covered().examined("key_family", family, spec.id);
    }

    using kind = std::tuple<std::string, tenant_index, bool, std::optional<tenant_index>>;

    probe::context& ctx_;
    claims claims_;
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
    attribution found{ctx};
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        found.take(entry, family);
    };
    auto const walked = co_await probe::walk_redis(ctx, visit);
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
    auto reads = probe::content_reads(ctx.model());
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
    if (no_sign && !tells_of_cache(trials)) {
        out.not_applicable = "neither stores.redis nor a cache header tells of a cache";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::unscoped_key
