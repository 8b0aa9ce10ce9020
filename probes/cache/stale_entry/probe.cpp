#include "probes/cache/stale_entry/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::cache::stale_entry {

constexpr probe::spec spec{
    .id = "cache.stale_entry",
    .title = "What was changed or deleted is still served",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-672",
    .owasp = "API1:2023",
    .asvs = "14.2.2",
    .faults = "K09 A22",
    .rationale = "The write goes to the database, the cache entry lives on until it expires: data "
                 "that was deleted, moved or revoked stays readable.",
    .remedy = "Invalidate in the same place that writes, by the key that reads use; keep a short "
              "expiry for what is missed all the same.",
};

// An update need not replace every member that held the old canary: the new one decides.
static bool is_stale(trial const& t)
{
    if (!t.after.success() || t.after.shown(t.old_canary).empty()) return false;
    return t.removed || t.after.shown(t.new_canary).empty();
}

static bool warmed(trial const& t)
{
    return t.warm.success() && !t.warm.shown(t.old_canary).empty();
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.after.channel;
        if (!warmed(t)) {
            seen.undecided(channel, "the object's canary can't be read: " + summary(t.warm));
        } else if (!t.change.success()) {
            seen.undecided(channel, "the write itself was refused: " + summary(t.change));
        } else if (is_stale(t)) {
            probe::violation v;
            v.victim = t.warm.tenant;
            v.channel = channel;
            v.detail = t.removed ? "The object was deleted and is still served, canary and all."
                                 : "The object was changed and the old value is still served.";
            v.token = t.after.shown(t.old_canary);
            v.position = "response body";
            v.exchanges = {t.warm, t.change, t.after};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (t.after.undecided()) {
            seen.undecided(channel, "reading it again failed: " + probe::summary(t.after));
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
    tenant_index who,
    bool removes,
    std::vector<trial>& out
)
{
    auto const made = co_await ctx.create_object(r, who);
    if (made.has_error()) co_return;
    auto& object = **made;
    auto& owner = ctx.actor(who);
    trial t;
    t.removed = removes;
    t.old_canary = probe::marks_of(object);
    // Twice: the first reading fills the cache, the second shows what it holds.
    auto options = probe::about(ctx, object);
    t.warm = co_await ctx.send(*r.read, owner, options);
    t.warm = co_await ctx.send(*r.read, owner, options);
    options.canary = ctx.fresh_canary(who);
    options.canary_number = ctx.fresh_number(who);
    t.new_canary = {options.canary, options.canary_number};
    t.change = co_await ctx.send(removes ? *r.remove : *r.update, owner, std::move(options));
    auto const is_fresh = [&t](probe::exchange const& now) {
        t.after = now;
        return !is_stale(t);
    };
    auto const about = probe::about(ctx, object);
    t.after = co_await probe::look_up_until(ctx, r, owner, about, is_fresh);
    if (removes) object.removed = true;
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const removable =
        probe::resources_with(ctx.model(), {&resource::create, &resource::read, &resource::remove});
    auto changeable =
        probe::resources_with(ctx.model(), {&resource::create, &resource::read, &resource::update});
    // One that carries no canary leaves the old value by right.
    std::erase_if(changeable, [](auto const* r) { return !probe::writes_canary(*r->update); });
    if (removable.empty() && changeable.empty()) {
        out.not_applicable = "no resource can be created, read and then changed or removed";
        co_return out;
    }
    auto const tenants = ctx.tenants();
    static constexpr std::size_t tenants_max = 4;
    std::vector<trial> trials;
    for (std::size_t i = 0; i < std::min(tenants_max, tenants.size()); ++i) {
        for (auto const* r : changeable) co_await attempt(ctx, *r, tenants[i], false, trials);
        for (auto const* r : removable) co_await attempt(ctx, *r, tenants[i], true, trials);
    }
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::stale_entry
