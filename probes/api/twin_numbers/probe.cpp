#include "probes/api/twin_numbers/probe.hpp"

#include "harness/probe/planting.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/twins.hpp"

#include <algorithm>

namespace watertight::probes::api::twin_numbers {

constexpr probe::spec spec{
    .id = "api.twin_numbers",
    .title = "A write to one's own object reaches another tenant's of the same number",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A02 A03",
    .rationale =
        "Where each tenant counts its own numbers, a handler that looks its object up by tenant "
        "and number may still write by the number alone, or remove what hangs on it.",
    .remedy = "Write and remove by the key that the row was found by, tenant included; let foreign "
              "keys of both columns do the rest.",
};

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.hostile.channel;
    auto const shows = [](probe::exchange const& e, probe::marks const& m) {
        return e.success() && !e.shown(m).empty();
    };
    if (!shows(t.before, t.kept)) {
        seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.before));
        return;
    }
    auto const is_lost = !t.after.undecided() && !shows(t.after, t.kept);
    if (is_lost || shows(t.after, t.written)) {
        probe::violation v;
        v.victim = t.victim;
        v.intruder = t.hostile.tenant;
        v.channel = channel;
        v.detail = fmt::format(
            "{} {} an object of its own; another tenant has one of the same number, and of that {} "
            "{} then.",
            t.hostile.sender,
            t.did,
            t.what,
            shows(t.after, t.written) ? "shows what was written" : "is gone"
        );
        v.position = "the victim's view";
        v.exchanges = {t.before, t.hostile, t.after};
        out.violations.push_back(std::move(v));
        seen.decided(channel);
    } else if (t.after.undecided()) {
        seen.undecided(channel, "a request failed: " + probe::summary(t.after));
    } else if (!t.hostile.success()) {
        seen.undecided(channel, "it fails for the object's owner: " + probe::summary(t.hostile));
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

namespace {

// Something of the victim's that must stay as it is.
struct place {
    target::resource const* of = nullptr;
    target::object const* object = nullptr;
    std::string name{};
};

} // namespace

// The twin itself and one object of each kind that hangs on it.
static asio::awaitable<std::vector<place>>
furnish(probe::context& ctx, target::resource const& r, target::object& theirs)
{
    std::vector<place> out{{&r, &theirs, "it"}};
    for (auto const& kind : ctx.model().resources) {
        auto const hangs = kind.parent == r.name || std::ranges::count(kind.refers_to, r.name) != 0;
        if (!hangs || !kind.create || !probe::can_be_looked_up(kind)) continue;
        auto object = co_await probe::make_beside(ctx, kind, r, theirs);
        if (object.is_made()) out.push_back({&kind, &object.made(), "one of its " + kind.name});
    }
    co_return out;
}

static asio::awaitable<std::vector<probe::exchange>>
look(probe::context& ctx, std::vector<place> const& places, tenant_index owner)
{
    std::vector<probe::exchange> out;
    for (auto const& p : places) {
        auto const about = probe::about(ctx, *p.object);
        auto e = co_await probe::look_up(ctx, *p.of, ctx.actor(owner), about);
        out.push_back(std::move(e));
    }
    co_return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    probe::twins& both,
    std::vector<trial>& out
)
{
    auto const places = co_await furnish(ctx, r, *both.theirs);
    auto options = probe::about(ctx, *both.own);
    options.canary = ctx.fresh_canary(pair.intruder);
    options.canary_number = ctx.fresh_number(pair.intruder);
    ctx.plants(options.canary, options.canary_number);
    for (auto const* const op : {r.update ? &*r.update : nullptr, r.remove ? &*r.remove : nullptr})
    {
        if (op == nullptr) continue;
        auto const is_removal = r.remove && op == &*r.remove;
        auto before = co_await look(ctx, places, pair.victim);
        auto const hostile = co_await ctx.send(*op, ctx.actor(pair.intruder), options);
        auto after = co_await look(ctx, places, pair.victim);
        if (is_removal && hostile.success()) both.own->removed = true;
        for (std::size_t i = 0; i < places.size(); ++i) {
            trial t;
            t.did = is_removal ? "removed" : "changed";
            t.victim = pair.victim;
            t.what = places[i].name;
            t.hostile = hostile;
            t.before = std::move(before[i]);
            t.after = std::move(after[i]);
            t.kept = probe::marks_of(*places[i].object);
            t.written = {options.canary, options.canary_number};
            out.push_back(std::move(t));
        }
        ctx.covered().examined("endpoint", op->channel(), spec.id);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    static constexpr std::size_t pairs_max = 2;
    probe::conclusion out;
    auto const resources = probe::seen_resources_with(ctx.model(), {&resource::create});
    std::vector<trial> trials;
    for (auto const* const r : resources) {
        if (!r->update && !r->remove) continue;
        for (auto const& pair : ctx.few_pairs(pairs_max)) {
            auto both = co_await probe::make_twins(ctx, *r, pair);
            if (both.own != nullptr) co_await attempt(ctx, *r, pair, both, trials);
            co_await probe::discard(ctx, *r, both);
        }
    }
    if (trials.empty()) {
        out.not_applicable = "objects that can be changed or removed and whose numbers begin anew "
                             "in each tenant";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::twin_numbers
