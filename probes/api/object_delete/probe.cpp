#include "probes/api/object_delete/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::api::object_delete {

constexpr probe::spec spec{
    .id = "api.object_delete",
    .title = "Another tenant's object can be deleted by its id",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A03",
    .rationale = "Deletion is the verb that tests forget: the statement finds its row by id alone, "
                 "and the victim notices when the data is needed.",
    .remedy = "Filter the DELETE itself by the tenant of the credentials and treat zero affected "
              "rows as not found.",
};

// The object is gone when the owner is told so, or when the answer no longer shows it.
static bool is_gone(trial const& t)
{
    if (t.after.status == 404 || t.after.status == 410) return true;
    return t.after.success() && !t.after.shows_canary_of(t.before.tenant);
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.hostile.channel;
    if (!t.before.success() || !t.before.shows_canary_of(t.before.tenant)) {
        seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.before));
        return;
    }
    if (is_gone(t)) {
        probe::violation v;
        v.victim = t.before.tenant;
        v.intruder = t.hostile.tenant;
        v.channel = channel;
        v.detail = "After the intruder's request the owner can no longer read the object.";
        v.position = "the owner's read-back";
        v.exchanges = {t.before, t.after, t.hostile};
        out.violations.push_back(std::move(v));
        seen.decided(channel);
    } else if (t.hostile.undecided() || t.after.undecided()) {
        auto const& broken = t.hostile.undecided() ? t.hostile : t.after;
        seen.undecided(channel, "a request failed: " + probe::summary(broken));
    } else if (!t.own_delete.success()) {
        seen.undecided(channel, "deletion fails for the owner too: " + summary(t.own_delete));
    } else {
        seen.decided(channel);
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto const made = co_await ctx.create_object(r, pair.victim);
    if (made.has_error()) co_return;
    auto& owner = ctx.actor(pair.victim);
    auto const about = probe::about(ctx, **made);
    trial t;
    t.before = co_await ctx.send(*r.read, owner, about);
    t.hostile = co_await probe::send_as_intruder(ctx, *r.remove, pair, about);
    t.after = co_await ctx.send(*r.read, owner, about);
    t.own_delete = co_await ctx.send(*r.remove, owner, about);
    (*made)->removed = true;
    ctx.covered().examined("endpoint", r.remove->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources =
        probe::resources_with(ctx.model(), {&resource::create, &resource::read, &resource::remove});
    if (resources.empty()) {
        out.not_applicable = "no resource has create, read and remove";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 64;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const& r = *resources[i % resources.size()];
        co_await attempt(ctx, r, pairs[i / resources.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * resources.size(), each);
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::object_delete
