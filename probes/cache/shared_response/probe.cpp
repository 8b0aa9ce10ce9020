#include "probes/cache/shared_response/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::cache::shared_response {

constexpr probe::spec spec{
    .id = "cache.shared_response",
    .title = "A cache on the way serves one tenant's answer to others",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-524",
    .owasp = "API8:2023",
    .asvs = "14.2.5, 8.4.1",
    .faults = "K01 K16",
    .rationale =
        "A proxy or content delivery network keeps answers by their URL. Where its key lacks host, "
        "tenant and credentials, the first tenant's answer is everybody's until it expires, and no "
        "line of the service's own code is wrong.",
    .remedy = "Answer requests with credentials with Cache-Control: private or no-store; where "
              "they must be cached, make the tenant and Authorization part of the cache's key.",
};

static void judge_question(trial const& t, question const& q, probe::conclusion& out)
{
    auto const* const token = q.warm.token_of(t.victim);
    if (token == nullptr) return;
    // What is answered to a URL that nobody has asked for comes from no cache, unless the cache
    // says so: its key may well lack the query. At the victim's address it may be open to all.
    auto const is_plain_leak = q.cold.token_of(t.victim) != nullptr;
    auto const is_from_cache =
        q.who == probe::asker::as_itself && probe::cache_facts_of(q.warm).is_hit;
    if (is_plain_leak && !is_from_cache) return;
    auto const facts = probe::cache_facts_of(q.warm).text;
    out.violations.push_back(probe::shown_by(
        *token,
        t.control.channel,
        fmt::format(
            "After the owner had asked for it, the same URL was asked for {}, and answered with "
            "the owner's data{}.",
            probe::describe(q.who),
            facts.empty() ? "" : " (" + facts + ")"
        ),
        {t.repeat, q.warm}
    ));
}

// The owner itself is served what another tenant left there.
static void judge_owner(trial const& t, probe::conclusion& out)
{
    for (auto const* const e : {&t.control, &t.repeat}) {
        auto const* const token = e->foreign_token();
        auto const facts = probe::cache_facts_of(*e);
        if (token == nullptr || !facts.is_hit) continue;
        out.violations.push_back(probe::shown_by(
            *token,
            e->channel,
            fmt::format(
                "{} asked for what is its own and was answered from a cache with another "
                "tenant's data ({}).",
                e->sender,
                facts.text
            ),
            {*e}
        ));
    }
}

// Kept where everybody is served from, and nothing in the answer forbids it.
static void judge_storage(trial const& t, probe::conclusion& out)
{
    auto const facts = probe::cache_facts_of(t.repeat);
    if (!facts.is_hit || !facts.is_public || facts.varies_by_credentials) return;
    probe::violation v;
    v.victim = t.victim;
    v.channel = t.control.channel;
    v.detail = "The answer to a request with credentials came from a shared cache and says that it "
               "may be given to anybody (" +
               facts.text + ").";
    v.exchanges = {t.control, t.repeat};
    v.level = evidence::severity::low;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::size_t hits = 0;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        auto const before = out.violations.size();
        judge_owner(t, out);
        for (auto const& q : t.questions) judge_question(t, q, out);
        if (out.violations.size() == before && t.control.shows_canary_of(t.victim)) {
            judge_storage(t, out);
        }
        hits += probe::cache_facts_of(t.repeat).is_hit ? 1 : 0;
        if (!t.control.success() || !t.repeat.success()) {
            seen.undecided(channel, "the owner's own read failed: " + probe::summary(t.control));
        } else if (t.repeat.token_of(t.victim) == nullptr) {
            // Nothing of the tenant is in it: there is nothing that others could be shown.
            continue;
        } else if (std::ranges::any_of(t.questions, [](auto const& q) {
                       return q.warm.undecided();
                   })) {
            seen.undecided(channel, "some requests failed or were throttled");
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    if (hits > 0) {
        out.notes.push_back(fmt::format(
            "{} of {} repeated reads were answered by a cache, as its headers say.",
            hits,
            trials.size()
        ));
    }
    return out;
}

// With a parameter of its own, so that nobody else is served from this entry; without it where the
// target refuses parameters that it does not know.
static asio::awaitable<trial> ask_victim(
    probe::context& ctx,
    probe::target_operation read,
    tenant_index victim,
    probe::request_options& options
)
{
    trial t;
    t.victim = victim;
    options.changes.query = {probe::cache_buster(ctx)};
    t.control = co_await ctx.send(*read.op, ctx.actor(victim), options);
    if (t.control.refused()) {
        options.changes.query.clear();
        t.control = co_await ctx.send(*read.op, ctx.actor(victim), options);
    }
    t.repeat = co_await ctx.send(*read.op, ctx.actor(victim), options);
    co_return t;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    auto place = probe::victims_place(ctx, read, pair.victim, turn);
    if (!place) co_return;
    auto options = *place;
    auto t = co_await ask_victim(ctx, read, pair.victim, options);
    for (auto const who : probe::askers) {
        question q;
        q.who = who;
        q.warm = co_await probe::ask_as(ctx, *read.op, pair, who, options);
        if (q.warm.token_of(pair.victim) != nullptr && !options.changes.query.empty()) {
            auto fresh = options;
            fresh.changes.query = {probe::cache_buster(ctx)};
            q.cold = co_await probe::ask_as(ctx, *read.op, pair, who, fresh);
        }
        t.questions.push_back(std::move(q));
    }
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::cacheable_reads(ctx.model());
    static constexpr std::size_t pairs_max = 4;
    auto pairs = ctx.few_pairs(pairs_max);
    probe::conclusion out;
    if (reads.empty() || pairs.empty()) {
        out.not_applicable = "it takes two tenants and a GET of what is a tenant's own";
        co_return out;
    }
    // In both orders: whoever comes first fills the cache.
    for (std::size_t i = 0, n = pairs.size(); i < n; ++i) {
        pairs.push_back({pairs[i].intruder, pairs[i].victim});
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::shared_response
