// What lives under two objects of one name: kept by that name, it is the other's as well.
#include "probes/api/like_named/probe.hpp"

namespace watertight::probes::api::like_named {

static asio::awaitable<probe::exchange>
list_under(probe::context& ctx, target::resource const& child, target::object const& parent)
{
    auto place = probe::own_place(ctx, parent.tenant, {&child, &*child.list}, 0);
    place.parent = &parent;
    co_return co_await ctx.send(*child.list, ctx.actor(parent.tenant), std::move(place));
}

asio::awaitable<std::vector<trial::family>> look_below(
    probe::context& ctx,
    target::resource const& r,
    target::object const& victims,
    target::object const& intruders
)
{
    std::vector<trial::family> out;
    for (auto const& child : ctx.model().resources) {
        if (child.parent != r.name || !child.create || !child.list) continue;
        trial::family f;
        f.kind = child.name;
        auto first = co_await probe::make_beside(ctx, child, r, victims);
        auto second = co_await probe::make_beside(ctx, child, r, intruders);
        f.victims = first.canary();
        f.intruders = second.canary();
        f.control = co_await list_under(ctx, child, victims);
        f.hostile = co_await list_under(ctx, child, intruders);
        f.again = co_await list_under(ctx, child, victims);
        co_await first.discard(ctx);
        co_await second.discard(ctx);
        out.push_back(std::move(f));
    }
    co_return out;
}

} // namespace watertight::probes::api::like_named
