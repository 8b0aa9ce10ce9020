#include "harness/probe/links.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/cache/unscoped_key/probe.hpp"

#include <algorithm>

namespace watertight::probes::cache::unscoped_key {

// Caches that say so: X-Cache: HIT, CF-Cache-Status: HIT, Age: 12.
static bool came_from_cache(probe::exchange const& e)
{
    for (auto const* const name : {"X-Cache", "CF-Cache-Status", "X-Cache-Status"}) {
        auto const value = net::find_header(e.head, name);
        if (value && to_lower(*value).find("hit") != std::string::npos) return true;
    }
    return net::find_header(e.head, "Age").has_value();
}

bool tells_of_cache(std::vector<api_trial> const& reads)
{
    return std::ranges::any_of(reads, [](auto const& t) { return came_from_cache(t.second); });
}

static void
judge_reads(std::vector<api_trial> const& reads, probe::conclusion& out, probe::tally& seen)
{
    for (auto const& t : reads) {
        auto const& channel = t.first.channel;
        auto const owner = t.first.tenant;
        auto const* const token = t.warm.token_of(owner);
        if (token != nullptr && t.cold.token_of(owner) == nullptr) {
            out.violations.push_back(probe::shown_by(
                *token,
                "cache " + channel,
                "Refused while nobody had read it, the intruder is shown the owner's object once "
                "the owner has: the cache's key lacks the tenant.",
                {t.second, t.warm}
            ));
            seen.decided(channel);
        } else if (probe::gives_link_alone(t.second)) {
            // What the link opens is examined by itself.
            continue;
        } else if (!t.second.success() || !t.second.shows_canary_of(owner)) {
            seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.second));
        } else if (t.cold.undecided() || t.warm.undecided()) {
            seen.undecided(channel, "the intruder's request failed: " + probe::summary(t.warm));
        } else {
            seen.decided(channel);
        }
    }
}

probe::conclusion
judge(std::vector<api_trial> const& reads, std::vector<key_trial> const& keys, bool sees_store)
{
    probe::conclusion out;
    probe::tally seen;
    judge_reads(reads, out, seen);
    for (auto const& k : keys) {
        seen.decided("redis " + k.family);
        if (k.names_owner) continue;
        if (k.is_guessed && !k.names_other) {
            out.notes.push_back(fmt::format(
                "{} of {} hold a tenant's data under names in which none of its own is seen; "
                "stores.redis.keys would say how keys name their tenant, and make it a finding",
                plural(k.count, "key"),
                k.family
            ));
            continue;
        }
        probe::violation v;
        v.victim = k.owner;
        v.intruder = k.names_other;
        v.channel = "redis " + k.family;
        v.detail = k.names_other
                       ? "A key that names one tenant holds another tenant's data."
                       : "A key that names no tenant holds a tenant's data: whoever shares the "
                         "rest of the key shares the value.";
        if (k.count > 1) v.detail += fmt::format(" Keys like it: {}.", k.count);
        v.token = k.token;
        v.position = "value of " + k.key;
        v.reproduction = k.reproduction;
        if (!k.names_other) v.level = evidence::severity::high;
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    auto const used = tells_of_cache(reads) || !keys.empty();
    if (!used && out.violations.empty()) {
        out.add_undecided(
            sees_store ? "no key of the store holds any of the run's data: was the cache used?"
                       : "no answer came from a cache, as far as its headers tell"
        );
    }
    return out;
}

} // namespace watertight::probes::cache::unscoped_key
