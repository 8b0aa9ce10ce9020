#include "probes/lifecycle/recreated/probe.hpp"

#include "harness/probe/tally.hpp"

#include <algorithm>

namespace watertight::probes::lifecycle::recreated {

constexpr probe::spec spec{
    .id = "lifecycle.recreated",
    .title = "A tenant inherits from a former one of the same name",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-672",
    .owasp = "API1:2023",
    .asvs = "14.2.7, 7.4.1",
    .faults = "L4 L6 K23",
    .rationale = "Databases, folders, cache keys and sessions are named by the slug. What a "
                 "removal leaves under it belongs to whoever takes the name next.",
    .remedy = "Name stores by an id that is never given again, and remove by the same rule by "
              "which is written. Keep a name from being taken until nothing of it is left.",
};

static probe::exchange const* control_of(trial const& t, std::string const& channel)
{
    auto const found = std::ranges::find_if(t.before, [&](auto const& e) {
        return e.channel == channel && e.success() && e.token_of(t.former) != nullptr;
    });
    return found == t.before.end() ? nullptr : &*found;
}

static void judge_one(
    trial const& t,
    probe::exchange const& e,
    tenant_index victim,
    tenant_index intruder,
    probe::conclusion& out,
    probe::tally& seen
)
{
    auto const* const control = control_of(t, e.channel);
    // What showed nothing of the former tenant has nothing to hand on.
    if (control == nullptr) return;
    if (e.answered && e.undecided()) {
        seen.undecided(e.channel, "it fails: " + probe::summary(e));
        return;
    }
    seen.decided(e.channel);
    if (!e.success() || !e.shows_canary_of(victim)) return;
    auto const shown = std::ranges::find_if(e.seen, [&](auto const& s) {
        return s.who.tenant == victim && s.kind == evidence::token_kind::canary;
    });
    auto v = probe::shown_by(
        *shown,
        e.channel,
        victim == t.former
            ? "A tenant that took the name of a removed one is shown that one's data."
            : "Credentials of a removed tenant open the one that took its name.",
        {*control, e}
    );
    v.victim = victim;
    // Both have the same name.
    v.victim_name = t.name + (victim == t.former ? " (removed)" : " (its successor)");
    v.intruder = intruder;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided("removal and creation", t.failure);
            continue;
        }
        for (auto const& e : t.inherited) judge_one(t, e, t.former, t.heir, out, seen);
        for (auto const& e : t.returned) judge_one(t, e, t.heir, t.former, out, seen);
    }
    seen.finish(out);
    if (out.trials == 0 && out.undecided.empty()) {
        out.add_undecided("no read showed the former tenant anything of its own");
    }
    return out;
}

struct place {
    target::operation const* op;
    target::object const* object;
};

// Objects of each resource, each read, so that rows, files and cache entries exist.
static asio::awaitable<std::vector<place>>
live(probe::context& ctx, target::tenant& t, trial* first)
{
    std::vector<place> out;
    for (auto const& r : ctx.model().resources) {
        if (!r.create || r.is_shared) continue;
        auto const made = co_await ctx.create_object(r, t.index);
        if (made.has_value() && r.read) out.push_back({&*r.read, *made});
        for (auto const& op : r.others) {
            auto const of_one = op.mentions("id") && !probe::is_search(op) && probe::is_read(op);
            if (made.has_value() && of_one) out.push_back({&op, *made});
        }
    }
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (read.of != nullptr && read.of->parent.empty()) out.push_back({read.op, nullptr});
    }
    for (auto const& p : out) {
        probe::request_options options;
        if (p.object != nullptr) options = probe::about(ctx, *p.object);
        auto e = co_await ctx.send(*p.op, t.actors.front(), std::move(options));
        if (first != nullptr) first->before.push_back(std::move(e));
    }
    co_return out;
}

// The heir asks by its own lists and by the ids that the former one had.
static asio::awaitable<void>
look(probe::context& ctx, std::vector<place> const& places, target::tenant& heir, trial& t)
{
    for (auto const& p : places) {
        probe::request_options options;
        if (p.object != nullptr) options = probe::about(ctx, *p.object);
        auto e = co_await ctx.send(*p.op, heir.actors.front(), std::move(options));
        t.inherited.push_back(std::move(e));
    }
}

// The former one's sessions are not renewed: what they still hold is what counts.
static asio::awaitable<void>
return_to(probe::context& ctx, std::vector<place> const& places, target::tenant& former, trial& t)
{
    auto const& heir = ctx.tenant(t.heir);
    for (auto const& p : places) {
        if (p.object != nullptr) continue;
        probe::request_options options;
        options.slots_of = &heir;
        options.changes.identity = probe::identity_of(ctx, heir.index);
        auto e = co_await ctx.send(*p.op, former.actors.front(), std::move(options));
        t.returned.push_back(std::move(e));
    }
}

static bool can_recreate(probe::context& ctx)
{
    auto const& how = ctx.shop().how;
    auto const removes = how.remove || how.remove_sql || how.remove_command;
    return probe::makes_tenants(ctx) && removes && !how.slug.empty() && probe::takes_guests(ctx);
}

static asio::awaitable<trial> attempt(probe::context& ctx, target::tenant& former)
{
    trial t;
    t.former = former.index;
    t.name = former.slug;
    auto const places = co_await live(ctx, former, &t);
    auto const removed = co_await tenants::remove_tenant(ctx.shop(), former);
    if (removed.has_error()) {
        t.failure = "the tenant could not be removed: " + removed.error().message;
        co_return t;
    }
    tenants::further_tenant like{
        .plan = former.plan, .attributes = {}, .slug = former.slug, .last_role_max = 1};
    auto const made = co_await tenants::provision_extra(ctx.shop(), std::move(like));
    if (made.has_error()) {
        // A name that is never given again is a good answer, too.
        t.failure = "the name is not given again: " + made.error().message;
        co_return t;
    }
    auto& heir = **made;
    t.heir = heir.index;
    co_await look(ctx, places, heir, t);
    static_cast<void>(co_await live(ctx, heir, nullptr));
    co_await return_to(ctx, places, former, t);
    co_await probe::dismiss(ctx, heir);
    co_return t;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!can_recreate(ctx)) {
        out.not_applicable = "the scenario can't create and remove a tenant by its slug";
        co_return out;
    }
    target::tenant_shape const plain;
    auto const made = co_await probe::invite(ctx, plain);
    if (made.tenant == nullptr) {
        out.add_undecided(made.failure);
        co_return out;
    }
    auto t = co_await attempt(ctx, *made.tenant);
    if (t.failure.starts_with("the name is not given again")) {
        out.not_applicable = t.failure;
        co_return out;
    }
    std::vector<trial> trials;
    trials.push_back(std::move(t));
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::recreated
