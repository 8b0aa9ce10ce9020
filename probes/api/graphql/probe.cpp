#include "probes/api/graphql/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::api::graphql {

constexpr probe::spec spec{
    .id = "api.graphql",
    .title = "A query for one's own object brings another tenant's along",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A24",
    .rationale =
        "A GraphQL endpoint is guarded once a request, or a resolver once a field; one request "
        "holds several fields under aliases and several queries in a list. What was checked for "
        "the first is taken for granted with the others.",
    .remedy = "Check in each resolver, or below it, where the object is loaded, and key loaders by "
              "the tenant.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        if (auto const* const token = t.hostile.token_of(t.victim)) {
            out.violations.push_back(probe::shown_by(
                *token,
                channel,
                fmt::format(
                    "{} asked for another tenant's object {} in one request with its own, and was "
                    "shown it.",
                    t.hostile.sender,
                    t.how
                ),
                {t.control, t.hostile}
            ));
            seen.decided(channel);
        } else if (!t.control.success() || !t.control.shows_canary_of(t.control.tenant)) {
            seen.undecided(channel, "one's own object is not shown: " + summary(t.control));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "a request failed: " + probe::summary(t.hostile));
        } else {
            // Refused as a whole, or with one's own alone in it.
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const* const mine = probe::pick_object(ctx, pair.intruder, *read.of, 0);
    auto const* const theirs = probe::pick_foreign(ctx, pair, *read.of, 0);
    if (mine == nullptr || theirs == nullptr) co_return;
    auto const about = probe::about(ctx, *mine);
    auto const foreign = probe::about(ctx, *theirs);
    auto const own_body = probe::body_of(ctx, *read.op, pair.intruder, about);
    auto const other_body = probe::body_of(ctx, *read.op, pair.intruder, foreign);
    if (!own_body || !other_body) co_return;
    auto const control = co_await ctx.send(*read.op, ctx.actor(pair.intruder), about);
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    auto const all = variants(*own_body, *other_body, probe::id_of(*mine), probe::id_of(*theirs));
    for (auto const& v : all) {
        auto options = about;
        options.changes.body = v.body;
        trial t{pair.victim, v.how, control, {}};
        t.hostile = co_await ctx.send(*read.op, ctx.actor(pair.intruder), options);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    static constexpr std::size_t pairs_max = 3;
    auto reads = probe::object_reads(ctx.model());
    std::erase_if(reads, [](auto const& read) { return !is_query(*read.op); });
    auto const pairs = ctx.few_pairs(pairs_max);
    probe::conclusion out;
    if (reads.empty() || pairs.empty()) {
        out.not_applicable = "the scenario describes no read of an object by a GraphQL query";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::graphql
