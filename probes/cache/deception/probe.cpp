#include "probes/cache/deception/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::cache::deception {

constexpr probe::spec spec{
    .id = "cache.deception",
    .title = "A private page is cached under a name that looks static",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-525",
    .owasp = "API8:2023",
    .asvs = "14.2.5, 8.4.1",
    .faults = "K17",
    .rationale =
        "Whoever is led to /me/x.css is shown /me by a service that ignores the ending, and the "
        "cache in front keeps it as a style sheet for everybody who asks for the same address.",
    .remedy = "Refuse paths with endings that no route has; let the cache go by Content-Type and "
              "Cache-Control instead of the name; send private or no-store with what is private.",
};

std::vector<std::string> disguises(std::string_view path, std::string_view name)
{
    auto const base = path.substr(0, path.find('?'));
    auto const query = path.substr(base.size());
    auto const with = [&](std::string_view ending) {
        return fmt::format("{}{}{}", base, ending, query);
    };
    std::vector<std::string> out;
    for (auto const* const ending :
         {"/{}.css", ";{}.css", "%3b{}.css", "%2f{}.js", "%00{}.css", "%3f{}.css", "%23{}.css"})
    {
        out.push_back(with(fmt::format(fmt::runtime(ending), name)));
    }
    out.push_back(with(".css"));
    for (auto const* const folder : {"static", "assets"}) {
        out.push_back(fmt::format("/{}/{}/..%2f..%2f{}{}", folder, name, base.substr(1), query));
    }
    out.push_back(fmt::format("{}{}{}.css=1", path, query.empty() ? '?' : '&', name));
    return out;
}

static void judge_one(trial const& t, probe::conclusion& out)
{
    for (std::size_t i = 0; i < t.harvest.size(); ++i) {
        auto const& [who, e] = t.harvest[i];
        auto const* const token = e.token_of(t.victim);
        if (token == nullptr) continue;
        auto const is_plain_leak = i < t.unlured.size() && t.unlured[i].token_of(t.victim);
        if (is_plain_leak) continue;
        out.violations.push_back(probe::shown_by(
            *token,
            t.plain.channel,
            fmt::format(
                "{} was led to {}; the same address was asked for {}, and answered with its data.",
                t.lured.sender,
                t.lured.path,
                probe::describe(who)
            ),
            {t.lured, e}
        ));
        return;
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.plain.channel;
        judge_one(t, out);
        auto const failed = [](auto const& one) { return one.second.undecided(); };
        if (!t.plain.success()) {
            seen.undecided(channel, "the owner's own read failed: " + probe::summary(t.plain));
        } else if (t.lured.throttled() || !t.lured.answered) {
            seen.undecided(channel, "the disguised read failed: " + probe::summary(t.lured));
        } else if (std::ranges::any_of(t.harvest, failed)) {
            seen.undecided(channel, "some requests failed or were throttled");
        } else {
            // An address that shows the owner nothing has nothing for a cache to keep.
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void> harvest(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::request_options const& options,
    std::string const& unlured,
    trial& t
)
{
    for (auto const who : probe::askers) {
        auto e = co_await probe::ask_as(ctx, *read.op, pair, who, options);
        probe::exchange other;
        if (e.token_of(pair.victim) != nullptr) {
            auto elsewhere = options;
            elsewhere.changes.path = unlured;
            other = co_await probe::ask_as(ctx, *read.op, pair, who, elsewhere);
        }
        t.harvest.emplace_back(who, std::move(e));
        t.unlured.push_back(std::move(other));
    }
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const place = probe::victims_place(ctx, read, pair.victim, 0);
    if (!place) co_return;
    auto const plain = co_await ctx.send(*read.op, ctx.actor(pair.victim), *place);
    // Nothing of the tenant's in it: nothing to be led to.
    if (plain.success() && plain.token_of(pair.victim) == nullptr) co_return;
    auto const name = fmt::format("wt{:x}", ctx.random()());
    auto const lures = disguises(plain.path, name);
    auto const others = disguises(plain.path, fmt::format("wt{:x}", ctx.random()()));
    for (std::size_t i = 0; i < lures.size() && plain.success(); ++i) {
        trial t;
        t.victim = pair.victim;
        t.plain = plain;
        auto options = *place;
        options.changes.path = lures[i];
        t.lured = co_await ctx.send(*read.op, ctx.actor(pair.victim), options);
        if (t.lured.success() && t.lured.token_of(pair.victim) != nullptr) {
            co_await harvest(ctx, read, pair, options, others[i], t);
        }
        out.push_back(std::move(t));
    }
    if (!plain.success()) out.push_back({pair.victim, plain, {}, {}, {}});
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::cacheable_reads(ctx.model());
    static constexpr std::size_t pairs_max = 1;
    auto const pairs = ctx.few_pairs(pairs_max);
    probe::conclusion out;
    if (reads.empty() || pairs.empty()) {
        out.not_applicable = "it takes two tenants and a GET of what is a tenant's own";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    out = judge(trials);
    if (trials.empty()) out.not_applicable = "no GET shows anything of the tenant's own";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::deception
