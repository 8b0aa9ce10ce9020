#include "harness/probe/planting.hpp"

namespace watertight::probe {

asio::awaitable<planting>
planting::begin(context& ctx, target::resource const& r, tenant_index intruder)
{
    auto* const object =
        co_await tenants::announce_object(ctx.shop(), r, ctx.tenant(intruder), ctx.actor(intruder));
    ctx.plants(object->canary, object->canary_number);
    co_return planting{r, *object};
}

request_options planting::options() const
{
    request_options out;
    out.canary = object_->canary;
    out.canary_number = object_->canary_number;
    out.serial = object_->serial.value;
    return out;
}

asio::awaitable<exchange>
planting::send(context& ctx, tenant_pair pair, approach way, request_options options)
{
    if (options.parent == nullptr) options.parent = parent_of(ctx, *object_);
    // It is looked for where it was put.
    bool const is_own = options.parent != nullptr && options.parent->tenant == object_->tenant;
    if (is_own) object_->parent = options.parent->serial;
    auto e = co_await reach(ctx, {kind_, &*kind_->create}, pair, way, std::move(options));
    if (!e.answered) co_return e;
    net::http_response const answer{.status = e.status, .head = e.head, .body = e.body, .took = {}};
    co_await tenants::conclude_object(ctx.shop(), *kind_, *object_, &answer);
    co_return e;
}

asio::awaitable<exchange> planting::send_as(context& ctx, role by, request_options options)
{
    if (options.parent == nullptr) options.parent = parent_of(ctx, *object_);
    auto e = co_await probe::send_as(ctx, *kind_->create, object_->tenant, by, std::move(options));
    if (!e.answered) co_return e;
    net::http_response const answer{.status = e.status, .head = e.head, .body = e.body, .took = {}};
    co_await tenants::conclude_object(ctx.shop(), *kind_, *object_, &answer);
    co_return e;
}

asio::awaitable<std::vector<exchange>>
planting::seen_by(context& ctx, tenant_index viewer, request_options place) const
{
    std::vector<exchange> out;
    auto& who = ctx.actor(viewer);
    if (kind_->list) {
        auto listed = co_await ctx.send(*kind_->list, who, place);
        out.push_back(std::move(listed));
    }
    if (kind_->read && !id_of(*object_).empty()) {
        place.object = object_;
        auto read = co_await ctx.send(*kind_->read, who, place);
        out.push_back(std::move(read));
    }
    co_return out;
}

asio::awaitable<void> planting::remove(context& ctx, std::optional<tenant_index> landed_in)
{
    if (object_->removed || !kind_->remove) co_return;
    auto const options = about(ctx, *object_);
    // By the one in whose tenant it is: to its creator the same id may mean another object.
    auto const whose = landed_in.value_or(object_->tenant);
    auto const gone = co_await ctx.send(*kind_->remove, ctx.actor(whose), options);
    object_->removed = gone.success() || gone.status == 404 || gone.status == 410;
}

asio::awaitable<void> planting::discard(context& ctx)
{
    co_await remove(ctx, std::nullopt);
    if (tenants::goes_with_tenant(ctx.shop(), object_->tenant)) object_->removed = true;
}

asio::awaitable<planting> make_beside(
    context& ctx,
    target::resource const& r,
    target::resource const& of,
    target::object const& beside
)
{
    auto object = co_await planting::begin(ctx, r, beside.tenant);
    auto options = object.options();
    target::values named;
    for (auto const& [name, value] : beside.attributes.all()) {
        named.set("tenant." + of.name + "." + name, value);
    }
    options.extra = &named;
    if (r.parent == of.name) options.parent = &beside;
    tenant_pair const itself{beside.tenant, beside.tenant};
    co_await object.send(ctx, itself, approach::own_path, std::move(options));
    co_return object;
}

asio::awaitable<bool> sees_strangers_objects(
    context& ctx, target::resource const& r, tenant_pair pair, request_options victims_place
)
{
    auto object = co_await planting::begin(ctx, r, pair.intruder);
    auto options = object.options();
    options.parent = own_place(ctx, pair.intruder, {&r, &*r.create}, 0).parent;
    co_await object.send(ctx, pair, approach::own_path, std::move(options));
    auto const views = co_await object.seen_by(ctx, pair.victim, std::move(victims_place));
    co_await object.remove(ctx, std::nullopt);
    co_return shown_in(views, object.canary()) != nullptr;
}

exchange const* shown_in(std::vector<exchange> const& views, marks const& canary)
{
    for (auto const& view : views) {
        if (view.success() && !view.shown(canary).empty()) return &view;
    }
    return nullptr;
}

} // namespace watertight::probe
