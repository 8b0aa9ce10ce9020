#include "harness/probe/reach.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace watertight::probe {

asio::awaitable<exchange> send_as_intruder(
    context& ctx, target::operation const& op, tenant_pair pair, request_options options
)
{
    options.slots_of = &ctx.tenant(pair.victim);
    if (!options.changes.identity) options.changes.identity = identity_of(ctx, pair.intruder);
    co_return co_await ctx.send(op, ctx.actor(pair.intruder), std::move(options));
}

std::vector<approach> approaches(target::operation const& op)
{
    std::vector<approach> out{approach::victims_path};
    if (names_tenant(op)) out.push_back(approach::own_path);
    if (names_parent(op) && !object_slots(op).empty()) out.push_back(approach::own_parent);
    return out;
}

std::string_view describe(approach way)
{
    switch (way) {
    case approach::victims_path:
        return "by the victim's path";
    case approach::own_path:
        return "by the victim's id under its own path";
    case approach::own_parent:
        return "by the victim's id under an object of its own";
    }
    return "";
}

asio::awaitable<exchange>
reach(context& ctx, target_operation what, tenant_pair pair, approach way, request_options options)
{
    if (way == approach::victims_path) {
        co_return co_await send_as_intruder(ctx, *what.op, pair, std::move(options));
    }
    if (way == approach::own_parent) {
        auto const* const parents = ctx.model().find_resource(what.of->parent);
        options.parent =
            parents == nullptr ? nullptr : pick_object(ctx, pair.intruder, *parents, 0);
        if (options.parent == nullptr) {
            exchange e;
            e.channel = what.op->channel();
            e.tenant = pair.intruder;
            e.failure = "the intruder has no " + what.of->parent + " of its own";
            co_return e;
        }
    }
    co_return co_await ctx.send(*what.op, ctx.actor(pair.intruder), std::move(options));
}

bool has_same_id(context& ctx, tenant_index t, target::object const& o)
{
    auto const id = id_of(o);
    return !id.empty() &&
           std::ranges::any_of(ctx.population().objects[t.value], [&](auto const& own) {
               return own.resource == o.resource && id_of(own) == id;
           });
}

bool ids_may_clash(context& ctx, target::resource const& r)
{
    static constexpr std::size_t digits_max = 7;
    for (auto const t : ctx.tenants()) {
        for (auto const* o : ctx.population().living(t, r.name)) {
            auto const id = id_of(*o);
            auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
            if (id.size() <= digits_max && std::ranges::all_of(id, is_digit)) return true;
            for (auto const other : ctx.tenants()) {
                if (other != t && has_same_id(ctx, other, *o)) return true;
            }
            // Ids of one resource look alike: one object a tenant tells.
            break;
        }
    }
    return false;
}

target::object const*
pick_foreign(context& ctx, tenant_pair pair, target::resource const& r, std::size_t turn)
{
    auto const living = ctx.population().lasting(pair.victim, r.name);
    for (std::size_t i = 0; i < living.size(); ++i) {
        auto const* const o = living[(turn + i) % living.size()];
        if (!has_same_id(ctx, pair.intruder, *o)) return o;
    }
    return pick_object(ctx, pair.victim, r, turn);
}

asio::awaitable<result<target::object*>>
create_foreign(context& ctx, target::resource const& r, tenant_pair pair)
{
    static constexpr int attempts = 12;
    for (int attempt = 1;; ++attempt) {
        auto made = co_await ctx.create_object(r, pair.victim);
        if (made.has_error() || attempt == attempts) co_return made;
        if (!has_same_id(ctx, pair.intruder, **made)) co_return made;
    }
}

request_options own_place(context& ctx, tenant_index t, target_operation what, std::size_t turn)
{
    request_options options;
    if (what.of == nullptr || what.of->parent.empty()) return options;
    // Where the tenant has something to show; else any parent will do.
    if (auto const* const child = pick_object(ctx, t, *what.of, turn)) {
        options.parent = parent_of(ctx, *child);
    } else if (auto const* const parents = ctx.model().find_resource(what.of->parent)) {
        options.parent = pick_object(ctx, t, *parents, turn);
    }
    return options;
}

// `op` as the tenant's first user sends it.
static result<target::rendered> rendered_for(
    context& ctx,
    target::operation const& op,
    tenant_index t,
    request_options const& options,
    target::overrides const& changes
)
{
    target::scope const slots{
        .in_tenant = &ctx.tenant(t),
        .as_actor = &ctx.actor(t),
        .object_in_question = options.object,
        .parent = options.parent,
        .canary = options.canary,
        .canary_number = options.canary_number,
        .run_id = ctx.population().run_id,
        .extra = options.extra,
    };
    return target::render(ctx.model(), op, slots, changes);
}

std::optional<std::string>
body_of(context& ctx, target::operation const& op, tenant_index t, request_options const& options)
{
    auto const plain = rendered_for(ctx, op, t, options, {});
    if (plain.has_error()) return std::nullopt;
    return plain->http.wire.substr(plain->http.wire.find("\r\n\r\n") + 4);
}

std::optional<std::string>
target_of(context& ctx, target::operation const& op, tenant_index t, request_options const& options)
{
    // Without the channels in its query: whoever sends it adds its own.
    target::overrides plain;
    plain.identity.emplace();
    auto const request = rendered_for(ctx, op, t, options, plain);
    if (request.has_error()) return std::nullopt;
    return request->path;
}

asio::awaitable<exchange> read_until(
    context& ctx,
    target::resource const& r,
    target::actor& owner,
    request_options options,
    std::function<bool(exchange const&)> wanted
)
{
    auto const until = steady::now() + r.read->within;
    for (;;) {
        auto e = co_await ctx.send(*r.read, owner, options);
        if (wanted(e) || steady::now() >= until) co_return e;
        asio::steady_timer pause{
            co_await asio::this_coro::executor, std::chrono::milliseconds{100}};
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> for_each_apart(
    context& ctx,
    target::resource const& r,
    std::size_t n,
    std::function<asio::awaitable<void>(std::size_t)> const& work
)
{
    if (!ids_may_clash(ctx, r)) {
        co_await ctx.for_each(n, work);
        co_return;
    }
    for (std::size_t i = 0; i < n; ++i) co_await work(i);
}

} // namespace watertight::probe
