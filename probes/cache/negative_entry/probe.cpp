#include "probes/cache/negative_entry/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::cache::negative_entry {

constexpr probe::spec spec{
    .id = "cache.negative_entry",
    .title = "A stranger's refusal is served to the owner",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-524",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "K05",
    .rationale = "Where 'not found' or 'not allowed' is remembered without the tenant or the user "
                 "that it was said to, whoever asks first decides for everybody: strangers can "
                 "make another tenant's objects disappear.",
    .remedy = "Put tenant and user into the key of what is remembered of permissions and absences, "
              "or do not remember refusals at all.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const is_shown = [&](probe::exchange const& e) {
            return e.success() && !e.shown(t.canary).empty();
        };
        if (!t.control.success() || t.control.shown(t.control_canary).empty()) {
            seen.undecided(t.channel, "the owner's own read shows nothing: " + summary(t.control));
        } else if (!t.stranger.refused() && !t.stranger.success()) {
            seen.undecided(t.channel, "the stranger's request failed: " + summary(t.stranger));
        } else if (is_shown(t.owner) || is_shown(t.again)) {
            seen.decided(t.channel);
        } else if (t.owner.undecided() || t.again.undecided()) {
            seen.undecided(t.channel, "the request failed: " + summary(t.owner));
        } else {
            probe::violation v;
            v.victim = t.victim;
            v.intruder = t.stranger.tenant;
            v.channel = t.channel;
            v.detail = "After " + t.stranger.sender +
                       " asked for the victim's new object, the victim itself is not shown it; "
                       "another, which nobody asked for, it is.";
            v.position = "status";
            v.exchanges = {t.control, t.stranger, t.owner};
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation what,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const asked_for = co_await probe::create_foreign(ctx, *what.of, pair);
    auto const other = co_await ctx.create_object(*what.of, pair.victim);
    if (asked_for.has_error() || other.has_error()) co_return;
    // Where the id means an object of the stranger's own, nobody is refused anything.
    if (probe::has_same_id(ctx, pair.intruder, **asked_for)) co_return;
    trial t;
    t.channel = what.op->channel();
    t.victim = pair.victim;
    t.canary = probe::marks_of(**asked_for);
    t.control_canary = probe::marks_of(**other);
    auto& owner = ctx.actor(pair.victim);
    auto const about = probe::about(ctx, **asked_for);
    for (auto const way : probe::approaches(*what.op)) {
        auto e = co_await probe::reach(ctx, what, pair, way, about);
        if (e.answered) t.stranger = std::move(e);
    }
    std::function<bool(probe::exchange const&)> const shows = [&](probe::exchange const& e) {
        return e.success() && !e.shown(t.canary).empty();
    };
    t.owner = co_await probe::look_up_until(ctx, *what.of, owner, about, shows);
    t.again = co_await ctx.send(*what.op, owner, about);
    std::function<bool(probe::exchange const&)> const shows_other = [&](probe::exchange const& e) {
        return !e.shown(t.control_canary).empty();
    };
    auto about_other = probe::about(ctx, **other);
    t.control =
        co_await probe::look_up_until(ctx, *what.of, owner, std::move(about_other), shows_other);
    for (auto* const made : {*asked_for, *other}) {
        if (!what.of->remove) continue;
        co_await ctx.send(*what.of->remove, owner, probe::about(ctx, *made));
        made->removed = true;
    }
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto resources = probe::resources_with(ctx.model(), {&resource::create, &resource::read});
    std::erase_if(resources, [](auto const* r) {
        return probe::tells_state_alone({r, &*r->read});
    });
    if (resources.empty()) {
        out.not_applicable = "no resource is created and read";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const* const r : resources) {
        for (auto const& pair : ctx.few_pairs(2)) {
            co_await attempt(ctx, {r, &*r->read}, pair, trials);
        }
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::negative_entry
