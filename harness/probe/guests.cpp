#include "harness/probe/guests.hpp"

#include <algorithm>

namespace watertight::probe {

bool takes_guests(context& ctx)
{
    return ctx.shop().how.from_file.empty();
}

bool makes_tenants(context& ctx)
{
    auto const& how = ctx.shop().how;
    auto const signs_up = [](tenants::user_plan const& p) { return p.create.has_value(); };
    return how.create || how.create_sql || how.create_command ||
           (takes_guests(ctx) && std::ranges::any_of(how.users, signs_up));
}

asio::awaitable<guest> invite(context& ctx, target::tenant_shape const& shape)
{
    guest out;
    tenants::further_tenant like{
        .plan = shape.plan, .attributes = shape.attributes, .slug = {}, .last_role_max = 1};
    auto const made = co_await tenants::provision_extra(ctx.shop(), std::move(like));
    if (made.has_error()) {
        out.failure = "no further tenant could be made: " + made.error().message;
        co_return out;
    }
    out.tenant = *made;
    for (auto const& op : shape.prepare) {
        auto const e = co_await send_once(ctx, op, out.tenant->actors.front());
        if (op.accepts(e.status)) continue;
        out.failure = "the tenant could not be prepared: " + e.channel + ": " + summary(e);
        break;
    }
    if (!out.failure.empty()) {
        co_await dismiss(ctx, *out.tenant);
        out.tenant = nullptr;
    }
    co_return out;
}

asio::awaitable<void> dismiss(context& ctx, target::tenant& t)
{
    static_cast<void>(co_await tenants::remove_tenant(ctx.shop(), t));
}

asio::awaitable<exchange> send_once(context& ctx, target::operation const& op, target::actor& who)
{
    request_options options;
    options.waits = false;
    options.canary = ctx.fresh_canary(who.tenant);
    options.canary_number = ctx.fresh_number(who.tenant);
    co_return co_await ctx.send(op, who, std::move(options));
}

asio::awaitable<creation> create_once(context& ctx, target::resource const& r, target::actor& by)
{
    creation out;
    auto& home = ctx.tenant(by.tenant);
    auto* const object = co_await tenants::announce_object(ctx.shop(), r, home, by);
    request_options options;
    options.waits = false;
    options.canary = object->canary;
    options.canary_number = object->canary_number;
    options.parent = parent_of(ctx, *object);
    out.answer = co_await ctx.send(*r.create, by, std::move(options));
    if (!out.answer.answered) co_return out;
    net::http_response const answer{
        .status = out.answer.status, .head = out.answer.head, .body = out.answer.body, .took = {}};
    co_await tenants::conclude_object(ctx.shop(), r, *object, &answer);
    if (!object->removed) out.object = object;
    co_return out;
}

asio::awaitable<void> ensure_parents(context& ctx, target::resource const& r, target::actor& by)
{
    auto needed = r.refers_to;
    if (!r.parent.empty()) needed.push_back(r.parent);
    for (auto const& name : needed) {
        auto const* const other = ctx.model().find_resource(name);
        auto const is_known = other == nullptr || other == &r;
        if (is_known || !ctx.population().living(by.tenant, name).empty()) continue;
        co_await ensure_parents(ctx, *other, by);
        static_cast<void>(co_await ctx.create_object(*other, by));
    }
}

} // namespace watertight::probe
