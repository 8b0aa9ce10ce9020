#include "probes/lifecycle/plan_change/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>

namespace watertight::probes::lifecycle::plan_change {

constexpr probe::spec spec{
    .id = "lifecycle.plan_change",
    .title = "A change of plan loses data or interrupts the tenant",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-459",
    .owasp = "API6:2023",
    .asvs = "2.3.1, 2.3.3",
    .faults = "L8",
    .rationale = "Another plan may mean another store, other defaults, other limits. What the "
                 "move does not know of stays behind, or is put back to the defaults.",
    .remedy = "Move by the catalogue of what a tenant owns instead of by a list, compare counts "
              "and contents before the old place is given up, and keep sessions valid.",
};

std::string lost(trial const& t)
{
    auto const owner = t.before.tenant;
    if (t.is_list) {
        for (auto const& s : t.before.seen) {
            if (s.who.tenant != owner || !t.again.shows(s.token)) continue;
            if (!t.after.shows(s.token)) return s.token;
        }
        return {};
    }
    auto const moving = probe::volatile_parts({t.before.body, t.again.body});
    auto const changed = probe::changed_parts(t.before.body, t.after.body, moving);
    return changed.empty() ? std::string{} : changed.front();
}

static void judge_read(change const& c, trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.before.channel;
    if (!t.before.success() || !t.again.success() || t.before.token_of(c.tenant) == nullptr) {
        seen.undecided(channel, "it shows nothing before: " + probe::summary(t.before));
        return;
    }
    if (t.after.undecided()) {
        seen.undecided(channel, "it fails after the change: " + probe::summary(t.after));
        return;
    }
    seen.decided(channel);
    auto const missing = t.after.success() ? lost(t) : "everything";
    if (missing.empty()) return;
    probe::violation v;
    v.victim = c.tenant;
    v.channel = channel;
    v.detail = fmt::format(
        "After the change from {} to {} it is not what it was: {}.", c.from, c.to, missing
    );
    v.exchanges = {t.before, c.done, t.after};
    out.violations.push_back(std::move(v));
}

// One failure may be anything; several in a row are an interruption.
static void judge_interruption(change const& c, probe::conclusion& out, probe::tally& seen)
{
    auto const failed = [](probe::exchange const& e) { return !e.success(); };
    auto const n = std::ranges::count_if(c.meanwhile, failed);
    if (c.meanwhile.empty()) return;
    auto const first = std::ranges::find_if(c.meanwhile, failed);
    if (n == 1) {
        seen.undecided("during the change", "one request failed: " + probe::summary(*first));
        return;
    }
    seen.decided("during the change");
    if (n == 0) return;
    probe::violation v;
    v.victim = c.tenant;
    v.channel = first->channel;
    v.detail =
        fmt::format("{} of {} requests failed while the plan was changed.", n, c.meanwhile.size());
    v.exchanges = {c.done, *first};
    v.kind = evidence::guarantee::service;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<change> const& changes)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& c : changes) {
        if (!c.failure.empty() || !c.done.success()) {
            seen.undecided(
                "plan change",
                c.failure.empty() ? "it is not carried out: " + probe::summary(c.done) : c.failure
            );
            continue;
        }
        for (auto const& t : c.reads) judge_read(c, t, out, seen);
        judge_interruption(c, out, seen);
    }
    seen.finish(out);
    return out;
}

struct place {
    target::operation const* op;
    probe::request_options options;
    bool is_list;
};

// Two objects of each resource, each with its read, and each list.
static asio::awaitable<std::vector<place>> live(probe::context& ctx, target::tenant& t)
{
    std::vector<place> out;
    for (auto const& r : ctx.model().resources) {
        if (!r.create || r.is_shared) continue;
        for (int i = 0; i < 2; ++i) {
            auto const made = co_await ctx.create_object(r, t.index);
            if (made.has_error() || !r.read) continue;
            if (probe::tells_state_alone({&r, &*r.read})) continue;
            out.push_back({&*r.read, probe::about(ctx, **made), false});
        }
        if (!r.list || !r.parent.empty()) continue;
        out.push_back({&*r.list, {}, true});
    }
    co_return out;
}

static asio::awaitable<void> carry_out(probe::context& ctx, target::tenant& t, change& c)
{
    auto const places = co_await live(ctx, t);
    for (auto const& p : places) {
        trial one;
        one.is_list = p.is_list;
        one.before = co_await ctx.send(*p.op, t.actors.front(), p.options);
        one.again = co_await ctx.send(*p.op, t.actors.front(), p.options);
        c.reads.push_back(std::move(one));
    }
    auto const& request = ctx.promised().plans.change->request;
    // The change goes first, and the reads beside it.
    static constexpr std::size_t beside = 24;
    std::function<asio::awaitable<void>(std::size_t)> const work = [&](std::size_t i
                                                                   ) -> asio::awaitable<void> {
        if (i == 2) {
            c.done = co_await probe::send_once(ctx, request, t.actors.front());
            co_return;
        }
        auto const& p = places[i % places.size()];
        auto e = co_await ctx.send(*p.op, t.actors.front(), p.options);
        c.meanwhile.push_back(std::move(e));
    };
    if (!places.empty()) co_await ctx.for_each(beside, work);
    for (std::size_t i = 0; i < places.size(); ++i) {
        c.reads[i].after = co_await ctx.send(*places[i].op, t.actors.front(), places[i].options);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& promise = ctx.promised().plans.change;
    if (!promise || !probe::takes_guests(ctx)) {
        out.not_applicable = promise ? "it takes a tenant that the run can make"
                                     : "the scenario describes no change of plan";
        co_return out;
    }
    change c;
    c.from = promise->from;
    c.to = promise->to;
    target::tenant_shape shape;
    shape.plan = promise->from;
    auto const made = co_await probe::invite(ctx, shape);
    c.failure = made.failure;
    if (made.tenant != nullptr) {
        c.tenant = made.tenant->index;
        co_await carry_out(ctx, *made.tenant, c);
        co_await probe::dismiss(ctx, *made.tenant);
    }
    std::vector<change> changes;
    changes.push_back(std::move(c));
    co_return judge(changes);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::plan_change
