#include "probes/api/object_delete/probe.hpp"

#include "harness/probe/read_back.hpp"
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

// Some answer to whatever is not there as to what may not be seen.
static bool says_gone(trial const& t, probe::exchange const& now)
{
    auto const as_for_absent = t.absent.refused() && now.refused() && now.status == t.absent.status;
    return now.status == 404 || now.status == 410 || as_for_absent;
}

// The object is gone when the owner is told so, or when the answer no longer shows it.
static bool is_gone(trial const& t, probe::exchange const& now)
{
    if (says_gone(t, now)) return true;
    return now.success() && !now.shows_canary_of(t.before.tenant);
}

// Where there is no read.
static bool is_missing_between(trial const& t, probe::exchange const& list)
{
    auto const shown = [&](probe::marks const& m) { return !list.shown(m).empty(); };
    return !t.neighbours.empty() && list.success() && std::ranges::all_of(t.neighbours, shown) &&
           !shown(t.canary);
}

// A list alone may lose an object to its next page; but the owner can't delete it any more, either.
static bool is_lost(trial const& t)
{
    auto const shows = [&](probe::exchange const& list) { return !list.shown(t.canary).empty(); };
    return t.listed_before.success() && shows(t.listed_before) && t.listed_after.success() &&
           !shows(t.listed_after) && says_gone(t, t.own_delete);
}

static probe::violation violation_of(trial const& t)
{
    probe::violation v;
    v.victim = t.before.tenant;
    v.intruder = t.hostile.tenant;
    v.channel = t.hostile.channel;
    v.detail = fmt::format(
        "After the intruder's request {} the owner can no longer read the object.", t.way
    );
    v.position = "the owner's read-back";
    v.exchanges = {t.before, t.after, t.hostile};
    if (is_missing_between(t, t.listed_after)) {
        v.detail = fmt::format(
            "After the intruder's request {} the object is missing from the owner's list, which "
            "shows those made just before and after it.",
            t.way
        );
        v.position = "the owner's list";
        v.exchanges = {t.listed_before, t.listed_after, t.hostile};
    } else if (!is_gone(t, t.after)) {
        v.detail = fmt::format(
            "After the intruder's request {} the object is missing from the owner's list, and the "
            "owner cannot delete it any more; reads still show it.",
            t.way
        );
        v.position = "the owner's list";
        v.exchanges = {t.listed_before, t.listed_after, t.hostile};
    }
    return v;
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.hostile.channel;
    if (!t.before.success() || !t.before.shows_canary_of(t.before.tenant)) {
        seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.before));
        return;
    }
    auto const is_by_list = !t.neighbours.empty();
    if (is_gone(t, t.after) || is_lost(t) || is_missing_between(t, t.listed_after)) {
        out.violations.push_back(violation_of(t));
        seen.decided(channel);
    } else if (t.hostile.undecided() || t.after.undecided()) {
        auto const& broken = t.hostile.undecided() ? t.hostile : t.after;
        seen.undecided(channel, "a request failed: " + probe::summary(broken));
    } else if (!t.own_delete.success()) {
        seen.undecided(channel, "deletion fails for the owner too: " + summary(t.own_delete));
    } else if (is_by_list && !is_missing_between(t, t.listed_at_last)) {
        seen.undecided(
            channel, "the owner's list shows it after its own deletion, or is too short"
        );
    } else if (!is_by_list && !is_gone(t, t.at_last)) {
        seen.undecided(channel, "the owner reads the object even after its own deletion of it");
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

static asio::awaitable<void> make_neighbour(
    probe::context& ctx,
    target::resource const& r,
    tenant_index t,
    std::vector<target::object*>& out
)
{
    auto const made = co_await ctx.create_object(r, t);
    if (made.has_value()) out.push_back(*made);
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    probe::approach way,
    std::vector<trial>& out
)
{
    std::vector<target::object*> neighbours;
    if (!r.read) co_await make_neighbour(ctx, r, pair.victim, neighbours);
    auto const made = co_await probe::create_foreign(ctx, r, pair);
    if (made.has_error()) co_return;
    if (!r.read) co_await make_neighbour(ctx, r, pair.victim, neighbours);
    // Under its own path an id that both have would be the intruder's own object, and lost to it.
    auto const is_shared = probe::has_same_id(ctx, pair.intruder, **made);
    if (is_shared && way != probe::approach::victims_path) co_return;
    auto& owner = ctx.actor(pair.victim);
    auto const about = probe::about(ctx, **made);
    trial t;
    t.way = probe::describe(way);
    t.canary = probe::marks_of(**made);
    for (auto const* o : neighbours) t.neighbours.push_back(probe::marks_of(*o));
    // What was just made may take as long to be seen as the scenario grants its reads.
    auto const is_there = [](probe::exchange const& now) {
        return now.success() && now.shows_canary_of(now.tenant);
    };
    t.before = co_await probe::look_up_until(ctx, r, owner, about, is_there);
    if (r.list) t.listed_before = co_await ctx.send(*r.list, owner, about);
    if (r.read) {
        target::values twin;
        twin.set("id", probe::absent_twin(probe::id_of(**made), ctx.random()));
        auto to_nobodys = about;
        to_nobodys.extra = &twin;
        t.absent = co_await ctx.send(*r.read, owner, std::move(to_nobodys));
    }
    t.hostile = co_await probe::reach(ctx, {&r, &*r.remove}, pair, way, about);
    t.after = co_await probe::look_up(ctx, r, owner, about);
    if (r.list) t.listed_after = co_await ctx.send(*r.list, owner, about);
    t.own_delete = co_await ctx.send(*r.remove, owner, about);
    auto const has_read = r.read.has_value();
    auto const is_over = [&t, has_read](probe::exchange const& now) {
        return has_read ? is_gone(t, now) : !now.answered;
    };
    t.at_last = co_await probe::look_up_until(ctx, r, owner, about, is_over);
    if (!r.read) t.listed_at_last = co_await ctx.send(*r.list, owner, about);
    for (auto* o : neighbours) co_await probe::discard(ctx, r, *o);
    (*made)->removed = true;
    ctx.covered().examined("endpoint", r.remove->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources =
        probe::seen_resources_with(ctx.model(), {&resource::create, &resource::remove});
    if (resources.empty()) {
        out.not_applicable = "no resource has create, remove, and read or list";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 64;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    for (auto const* const r : resources) {
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            for (auto const way : probe::approaches(*r->remove)) {
                co_await attempt(ctx, *r, pairs[i], way, trials);
            }
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await probe::for_each_apart(ctx, *r, pairs.size(), each);
    }
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::object_delete
