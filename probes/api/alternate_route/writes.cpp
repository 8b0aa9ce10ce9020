#include "probes/api/alternate_route/probe.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace watertight::probes::api::alternate_route {

using target::operation;
using target::resource;

// One way of sending the write: a derived route, or the described one where there is no route.
struct writing {
    resource const* of = nullptr;
    operation const* op = nullptr;
    bool removes = false;
};

static asio::awaitable<std::optional<probe::exchange>> write_as_owner(
    probe::context& ctx,
    writing const& w,
    route const& by,
    target::object const& o,
    probe::marks const& own
)
{
    auto options = probe::about(ctx, o);
    options.canary = own.text;
    options.canary_number = own.number;
    auto const target = probe::target_of(ctx, *w.op, o.tenant, options);
    if (!target) co_return std::nullopt;
    auto changes = changes_for(by, *w.op, *target);
    if (!changes) co_return std::nullopt;
    options.changes = std::move(*changes);
    co_return co_await ctx.send(*w.op, ctx.actor(o.tenant), std::move(options));
}

// Whether the owner's write by the route has its effect: then it is a route.
static asio::awaitable<bool>
is_route(probe::context& ctx, writing const& w, route const& by, target::object const& o)
{
    probe::marks const own{ctx.fresh_canary(o.tenant), ctx.fresh_number(o.tenant)};
    auto const sent = co_await write_as_owner(ctx, w, by, o, own);
    if (!sent || !sent->success()) co_return false;
    auto& owner = ctx.actor(o.tenant);
    auto const is_done = [&](probe::exchange const& e) {
        return w.removes ? !e.shows_canary_of(e.tenant) : !e.shown(own).empty();
    };
    auto const about = probe::about(ctx, o);
    auto after = co_await ctx.send(*w.of->read, owner, about);
    // Most of these are no routes, whatever they answer: no long wait for each of them.
    if (!is_done(after) && w.of->read->within.count() != 0) {
        asio::steady_timer pause{
            co_await asio::this_coro::executor, std::chrono::milliseconds{200}};
        co_await pause.async_wait(asio::use_awaitable);
        after = co_await ctx.send(*w.of->read, owner, about);
    }
    co_return !after.undecided() && is_done(after);
}

static asio::awaitable<std::vector<route const*>>
routes_for(probe::context& ctx, writing const& w, tenant_index owner)
{
    std::vector<route const*> out;
    target::object* object = nullptr;
    for (auto const& by : routes()) {
        if (object == nullptr) {
            auto const made = co_await ctx.create_object(*w.of, owner);
            if (made.has_error()) co_return out;
            object = *made;
        }
        auto const works = co_await is_route(ctx, w, by, *object);
        if (!works) continue;
        out.push_back(&by);
        // Where it was not the object that went, it is there still.
        if (w.removes) {
            co_await probe::discard(ctx, *w.of, *object);
            object = nullptr;
        }
    }
    if (object != nullptr) co_await probe::discard(ctx, *w.of, *object);
    co_return out;
}

// Sends the write as the intruder, by the route or (without one) as described, and looks as the
// owner.
static asio::awaitable<write_trial> write_as_intruder(
    probe::context& ctx,
    writing const& w,
    route const* by,
    probe::tenant_pair pair,
    probe::approach way,
    target::object const& o
)
{
    write_trial t;
    t.removes = w.removes;
    t.way = probe::describe(way);
    auto const about = probe::about(ctx, o);
    auto& owner = ctx.actor(pair.victim);
    t.before = co_await ctx.send(*w.of->read, owner, about);
    auto options = about;
    if (!w.removes) {
        t.planted = {ctx.fresh_canary(pair.intruder), ctx.fresh_number(pair.intruder)};
        ctx.plants(t.planted.text, t.planted.number);
        options.canary = t.planted.text;
        options.canary_number = t.planted.number;
    }
    auto const path_of = way == probe::approach::victims_path ? pair.victim : pair.intruder;
    if (by != nullptr) {
        auto const target = probe::target_of(ctx, *w.op, path_of, options);
        if (!target) co_return t;
        auto changes = changes_for(*by, *w.op, *target);
        if (!changes) co_return t;
        options.changes = std::move(*changes);
        t.how = by->how;
    }
    t.hostile = co_await probe::reach(ctx, {w.of, w.op}, pair, way, std::move(options));
    if (by != nullptr) t.hostile.channel = channel_of(*by, *w.op);
    t.after = co_await probe::look_at(ctx, probe::views_of(*w.of), pair.victim, about);
    // The list is a second witness of a change, but says little of a removal.
    if (w.removes) {
        t.after.resize(1);
        auto again = co_await ctx.send(*w.of->read, owner, about);
        t.after.push_back(std::move(again));
    }
    co_return t;
}

static bool has_effect(write_trial const& t)
{
    evidence_found one;
    one.writes.push_back(t);
    return !judge(one).violations.empty();
}

static asio::awaitable<void> try_pair(
    probe::context& ctx,
    writing const& w,
    std::vector<route const*> const& served,
    probe::tenant_pair pair,
    evidence_found& out
)
{
    auto const made = co_await probe::create_foreign(ctx, *w.of, pair);
    if (made.has_error()) co_return;
    auto& object = **made;
    auto const is_shared = probe::has_same_id(ctx, pair.intruder, object);
    // The described route first: where it is open, what is derived from it tells nothing new.
    std::vector<route const*> ways{nullptr};
    ways.insert(ways.end(), served.begin(), served.end());
    for (auto const* const by : ways) {
        for (auto const way : probe::approaches(*w.op)) {
            if (is_shared && way != probe::approach::victims_path) continue;
            auto t = co_await write_as_intruder(ctx, w, by, pair, way, object);
            auto const is_open = has_effect(t);
            if (by != nullptr && !t.hostile.wire.empty()) out.writes.push_back(std::move(t));
            if (is_open) {
                co_await probe::discard(ctx, *w.of, object);
                co_return;
            }
        }
    }
    co_await probe::discard(ctx, *w.of, object);
}

asio::awaitable<void> try_writes(probe::context& ctx, evidence_found& out)
{
    static constexpr std::size_t pairs_max = 2;
    auto const pairs = ctx.few_pairs(pairs_max);
    if (pairs.empty()) co_return;
    std::vector<writing> all;
    for (auto const* const r :
         probe::resources_with(ctx.model(), {&resource::create, &resource::read})) {
        auto const usable = [&](std::optional<operation> const& op) {
            return op && probe::is_tenants_own(ctx.model(), *op);
        };
        if (usable(r->update) && probe::writes_canary(*r->update)) all.push_back({r, &*r->update});
        if (usable(r->remove)) all.push_back({r, &*r->remove, true});
    }
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const served = co_await routes_for(ctx, all[i], pairs.front().victim);
        if (served.empty()) co_return;
        for (auto const pair : pairs) co_await try_pair(ctx, all[i], served, pair, out);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(all.size(), each);
}

} // namespace watertight::probes::api::alternate_route
