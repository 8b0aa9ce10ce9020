#include "probes/api/object_update/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::api::object_update {

constexpr probe::spec spec{
    .id = "api.object_update",
    .title = "Another tenant's object can be changed by its id",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A02 A13",
    .rationale = "Reads are often filtered while the statement that writes still finds its row by "
                 "id alone; the status code says nothing, only the owner's read-back does.",
    .remedy = "Filter the UPDATE itself by the tenant of the credentials and treat zero affected "
              "rows as not found.",
};

static bool readable(probe::exchange const& e)
{
    return e.success() && e.shows_canary_of(e.tenant);
}

// Only parts that stay the same when nothing happens can show that something did.
static std::vector<std::string> foreign_changes(trial const& t)
{
    if (!t.after.success()) return {};
    auto const ignored = probe::volatile_parts({t.before.body, t.before_again.body});
    return probe::changed_parts(t.before.body, t.after.body, ignored);
}

static bool shows_planted(trial const& t)
{
    if (t.after.shows(t.planted)) return true;
    return t.planted_number != 0 && t.after.shows(std::to_string(t.planted_number));
}

static probe::violation violation_of(trial const& t, std::string detail)
{
    probe::violation v;
    v.victim = t.before.tenant;
    v.intruder = t.hostile.tenant;
    v.channel = t.hostile.channel;
    v.detail = std::move(detail);
    v.token = t.planted;
    v.position = "the owner's read-back";
    v.exchanges = {t.before, t.after, t.hostile};
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (!readable(t.before)) {
            seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.before));
        } else if (shows_planted(t)) {
            out.violations.push_back(violation_of(
                t, "After the intruder's request the owner reads the intruder's canary in it."
            ));
            seen.decided(channel);
        } else if (auto const changes = foreign_changes(t); !changes.empty()) {
            out.violations.push_back(violation_of(
                t,
                "After the intruder's request these parts differ in the owner's read-back: " +
                    fmt::format("{}.", fmt::join(changes, ", "))
            ));
            seen.decided(channel);
        } else if (t.hostile.undecided() || !t.after.success()) {
            auto const& broken = t.hostile.undecided() ? t.hostile : t.after;
            seen.undecided(channel, "a request failed: " + probe::summary(broken));
        } else if (!t.own_update.success()) {
            seen.undecided(
                channel, "the same request fails for the owner too: " + summary(t.own_update)
            );
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    std::string method,
    std::vector<trial>& out
)
{
    auto const made = co_await ctx.create_object(r, pair.victim);
    if (made.has_error()) co_return;
    auto& owner = ctx.actor(pair.victim);
    auto const about = probe::about(ctx, **made);
    trial t;
    t.before = co_await ctx.send(*r.read, owner, about);
    t.before_again = co_await ctx.send(*r.read, owner, about);
    auto attack = about;
    t.planted = ctx.fresh_canary(pair.intruder);
    t.planted_number = ctx.fresh_number(pair.intruder);
    attack.canary = t.planted;
    attack.canary_number = t.planted_number;
    attack.changes.method = method;
    t.hostile = co_await probe::send_as_intruder(ctx, *r.update, pair, attack);
    t.after = co_await ctx.send(*r.read, owner, about);
    auto own = about;
    own.canary = ctx.fresh_canary(pair.victim);
    own.canary_number = ctx.fresh_number(pair.victim);
    t.own_update = co_await ctx.send(*r.update, owner, own);
    ctx.covered().examined("endpoint", r.update->channel(), spec.id);
    // A verb that nobody serves says nothing about the tenant.
    auto const unserved = t.hostile.status == 405 || t.hostile.status == 501;
    if (method != r.update->method && unserved) co_return;
    out.push_back(std::move(t));
}

static std::vector<std::string> verbs(target::operation const& update)
{
    if (update.method == "PATCH") return {"PATCH", "PUT"};
    if (update.method == "PUT") return {"PUT", "PATCH"};
    return {update.method};
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources =
        probe::resources_with(ctx.model(), {&resource::create, &resource::read, &resource::update});
    if (resources.empty()) {
        out.not_applicable = "no resource has create, read and update";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 64;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const& r = *resources[i % resources.size()];
        for (auto const& verb : verbs(*r.update)) {
            co_await attempt(ctx, r, pairs[i / resources.size()], verb, trials);
        }
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

} // namespace watertight::probes::api::object_update
