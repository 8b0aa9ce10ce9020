#include "probes/lifecycle/sweep/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>

namespace watertight::probes::lifecycle::sweep {

constexpr probe::spec spec{
    .id = "lifecycle.sweep",
    .title = "Work that is done for all tenants leaves one's results with another",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-668",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "Q5",
    .rationale = "A digest, a bill or a clean-up goes through all tenants in one process, which "
                 "has a tenant already: the one that it began with. What is looked up or written "
                 "by that context is one tenant's, whomever it is about.",
    .remedy = "Enter each tenant's context for its part of the work and leave it after, or start "
              "a job of its own for each; refuse to write a row whose tenant is not the context's.",
};

bool has_grown(probe::exchange const& before, probe::exchange const& after)
{
    auto const is_new = [](auto const& parts, std::string const& value) {
        return std::ranges::none_of(parts, [&](auto const& part) { return part.second == value; });
    };
    auto const old = probe::flatten(before.body);
    return std::ranges::any_of(probe::flatten(after.body), [&](auto const& part) {
        return is_new(old, part.second);
    });
}

static probe::violation forgotten(trial const& t, look const& l)
{
    probe::violation v;
    v.victim = l.after.tenant;
    v.channel = t.channel;
    v.kind = evidence::guarantee::integrity;
    v.detail = fmt::format(
        "The work {} was done for all, and {} is shown nothing of it while others are.",
        t.name,
        l.after.sender
    );
    v.exchanges = {l.before, t.run, l.after};
    return v;
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    if (!t.run.success()) {
        return seen.undecided(t.channel, "it can't be set going: " + probe::summary(t.run));
    }
    auto found = false;
    std::vector<look const*> empty;
    for (auto const& l : t.looks) {
        auto const* const token = l.after.foreign_token();
        // What was there before is another probe's finding.
        if (token != nullptr && !l.before.shows(token->token)) {
            auto const detail = fmt::format(
                "The work {} was done for all, and {} is shown another tenant's part of it.",
                t.name,
                l.after.sender
            );
            out.violations.push_back(
                probe::shown_by(*token, t.channel, detail, {l.before, t.run, l.after})
            );
            found = true;
        }
        if (l.after.success() && !has_grown(l.before, l.after)) empty.push_back(&l);
    }
    auto const failed =
        std::ranges::find_if(t.looks, [](auto const& l) { return !l.after.success(); });
    if (found) return seen.decided(t.channel);
    if (failed != t.looks.end()) {
        return seen.undecided(t.channel, "a view fails: " + probe::summary(failed->after));
    }
    if (empty.size() == t.looks.size()) {
        return seen.undecided(t.channel, "nobody is shown anything new after it");
    }
    for (auto const* const l : empty) out.violations.push_back(forgotten(t, *l));
    seen.decided(t.channel);
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

static constexpr std::size_t tenants_max = 4;

// Something new of each tenant for the work to find, of every kind that can be made.
static asio::awaitable<void>
prepare(probe::context& ctx, tenant_index t, std::vector<target::object*>& made)
{
    for (auto const& r : ctx.model().resources) {
        auto const is_job = r.read && r.read->poll.is_set();
        if (!r.create || !r.parent.empty() || r.is_shared || is_job) continue;
        if (!r.remove || !probe::writes_canary(*r.create)) continue;
        auto const one = co_await ctx.create_object(r, t);
        if (one.has_value()) made.push_back(*one);
    }
}

static asio::awaitable<void>
look_again(probe::context& ctx, target::operation const& view, trial& t)
{
    auto const until = steady::now() + view.within;
    while (true) {
        auto is_complete = true;
        for (auto& l : t.looks) {
            l.after = co_await ctx.send(view, ctx.actor(l.before.tenant));
            is_complete = is_complete && has_grown(l.before, l.after);
        }
        if (is_complete || steady::now() >= until) co_return;
        co_await probe::pause(std::chrono::milliseconds{50});
    }
}

static asio::awaitable<trial> attempt(probe::context& ctx, target::sweep const& what)
{
    trial t;
    t.name = what.name;
    auto const& view = *ctx.model().find_operation(what.leaves_in);
    t.channel = view.channel();
    auto tenants = ctx.tenants();
    tenants.resize(std::min(tenants.size(), tenants_max));
    std::vector<target::object*> made;
    for (auto const who : tenants) co_await prepare(ctx, who, made);
    for (auto const who : tenants) {
        look l;
        l.before = co_await ctx.send(view, ctx.actor(who));
        t.looks.push_back(std::move(l));
    }
    t.run = co_await ctx.send(what.run, ctx.actor(tenants.front()));
    if (t.run.success()) co_await look_again(ctx, view, t);
    for (auto* const o : made) {
        co_await probe::discard(ctx, *ctx.model().find_resource(o->resource), *o);
    }
    co_return t;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (ctx.promised().sweeps.empty() || ctx.tenants().size() < 2) {
        out.not_applicable = "the scenario describes no `sweeps`, or there is but one tenant";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& what : ctx.promised().sweeps) {
        auto t = co_await attempt(ctx, what);
        trials.push_back(std::move(t));
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::sweep
