#include "probes/api/object_action/probe.hpp"

#include <algorithm>

namespace watertight::probes::api::object_action {

// Whether the action can be asked for in another tenant's place with an object of one's own: its
// path names the tenant, or nobody's credentials do.
static bool can_be_carried(target::model const& m, target::operation const& op)
{
    if (probe::is_read(op) || probe::object_slots(op).empty()) return false;
    if (op.as == "anonymous") return true;
    return probe::is_tenants_own(m, op) && probe::names_tenant(op);
}

// Everything that lists something of the victim's.
static asio::awaitable<std::vector<probe::exchange>>
lists_of(probe::context& ctx, tenant_index victim)
{
    std::vector<probe::exchange> out;
    for (auto const& list : probe::collection_reads(ctx.model())) {
        auto const place = probe::own_place(ctx, victim, list, 0);
        if (probe::names_parent(*list.op) && place.parent == nullptr) continue;
        auto seen = co_await ctx.send(*list.op, ctx.actor(victim), place);
        out.push_back(std::move(seen));
    }
    co_return out;
}

static asio::awaitable<void> carry(
    probe::context& ctx,
    target::resource const& r,
    target::operation const& op,
    probe::tenant_pair pair,
    std::vector<carried>& out
)
{
    auto const made = co_await ctx.create_object(r, pair.intruder);
    if (made.has_error()) co_return;
    auto& own = **made;
    // An id that the victim has, too, would mean the victim's object.
    if (!probe::has_same_id(ctx, pair.victim, own)) {
        ctx.plants(own.canary, own.canary_number);
        carried t;
        t.canary = probe::marks_of(own);
        t.before = co_await lists_of(ctx, pair.victim);
        auto options = probe::about(ctx, own);
        if (op.as == "anonymous") options.changes.identity = probe::identity_of(ctx, pair.victim);
        t.hostile = co_await probe::send_as_intruder(ctx, op, pair, std::move(options));
        t.after = co_await lists_of(ctx, pair.victim);
        out.push_back(std::move(t));
    }
    co_await probe::discard(ctx, r, own);
}

asio::awaitable<std::vector<carried>> carry_all(probe::context& ctx)
{
    std::vector<carried> out;
    static constexpr std::size_t pairs_max = 2;
    for (auto const& r : ctx.model().resources) {
        if (r.is_shared || !r.create || !probe::is_tenants_own(ctx.model(), *r.create)) continue;
        for (auto const& op : r.others) {
            if (!can_be_carried(ctx.model(), op)) continue;
            for (auto const pair : ctx.few_pairs(pairs_max)) {
                co_await carry(ctx, r, op, pair, out);
            }
        }
    }
    co_return out;
}

void judge_carried(std::vector<carried> const& trials, probe::conclusion& out)
{
    for (auto const& t : trials) {
        for (std::size_t i = 0; i < std::min(t.before.size(), t.after.size()); ++i) {
            auto const& view = t.after[i];
            auto const shows = [&](probe::exchange const& e) {
                return e.success() && !e.shown(t.canary).empty();
            };
            if (!shows(view) || !t.before[i].success() || shows(t.before[i])) continue;
            probe::violation v;
            v.victim = view.tenant;
            v.intruder = t.hostile.tenant;
            v.channel = t.hostile.channel;
            v.detail = fmt::format(
                "{} carried the action out on an object of its own in the place of another tenant "
                "(a link or a key that is not bound to its tenant): it then stands in that "
                "tenant's list.",
                t.hostile.sender
            );
            v.token = view.shown(t.canary);
            v.position = "the victim's list";
            v.exchanges = {t.before[i], view, t.hostile};
            out.violations.push_back(std::move(v));
            break;
        }
    }
}

} // namespace watertight::probes::api::object_action
