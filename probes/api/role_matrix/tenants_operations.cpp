#include "harness/probe/read_back.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/role_matrix/probe.hpp"

#include <algorithm>

namespace watertight::probes::api::role_matrix {

static constexpr std::size_t roles_max = 6;

// Making and removing users is for whom the scenario has do it, even where it says no more.
static expectation expectation_of(probe::context& ctx, probe::target_operation what)
{
    expectation out{what.op->roles};
    auto const is_role =
        !what.op->as.empty() && ctx.model().find_credential(what.op->as) == nullptr;
    auto const manages_users =
        what.of != nullptr && what.of->name == "users" && !probe::is_read(*what.op);
    if (out.roles.empty() && is_role && manages_users && what.op->as != "anonymous") {
        out.roles = {what.op->as};
        out.is_derived = true;
    }
    return out;
}

static trial
begin(probe::context& ctx, probe::target_operation what, tenant_index t, probe::role const& by)
{
    trial out;
    out.operation = what.op->name;
    out.channel = what.op->channel();
    out.role = by.name;
    out.may = expectation_of(ctx, what);
    out.victim = t;
    return out;
}

// From the least to the most: what one role's refusal leaves behind must not stop the next.
static std::vector<probe::role> ascending(probe::context& ctx, tenant_index t)
{
    auto out = probe::roles_of(ctx, t);
    if (out.size() > roles_max) out.erase(out.begin() + roles_max - 1, out.end() - 1);
    std::ranges::reverse(out);
    return out;
}

static asio::awaitable<void>
try_read(probe::context& ctx, probe::target_operation what, tenant_index t, std::vector<trial>& out)
{
    auto options = probe::own_place(ctx, t, what, 0);
    auto const needs_object = !probe::object_slots(*what.op).empty() || probe::is_search(*what.op);
    if (needs_object) {
        auto const* const o =
            what.of == nullptr ? nullptr : probe::pick_object(ctx, t, *what.of, 0);
        if (o == nullptr) co_return;
        options = probe::about(ctx, *o);
    }
    auto const control = co_await ctx.send(*what.op, ctx.actor(t), options);
    for (auto const& by : ascending(ctx, t)) {
        auto one = begin(ctx, what, t, by);
        one.control = control;
        one.control_worked = control.success();
        one.hostile = co_await probe::send_as(ctx, *what.op, t, by, options);
        one.came = effect_of_read(control, one.hostile);
        auto const* const token = one.hostile.token_of(t);
        if (token != nullptr && control.token_of(t) != nullptr) one.token = token->token;
        out.push_back(std::move(one));
    }
}

static effect of_write(probe::exchange const& e, bool is_seen)
{
    if (is_seen) return effect::served;
    if (e.undecided()) return effect::undecided;
    return e.success() ? effect::accepted : effect::refused;
}

static asio::awaitable<void>
try_create(probe::context& ctx, target::resource const& r, tenant_index t, std::vector<trial>& out)
{
    probe::target_operation const what{&r, &*r.create};
    auto const place = probe::own_place(ctx, t, what, 0);
    for (auto const& by : ascending(ctx, t)) {
        auto one = begin(ctx, what, t, by);
        auto object = co_await probe::planting::begin(ctx, r, t);
        auto options = object.options();
        options.parent = place.parent;
        // As that user altogether: what a form holds of the session (a token) is the sender's.
        one.hostile = co_await object.send_as(ctx, by, std::move(options));
        auto views = co_await object.seen_by(ctx, t, place);
        // What a user made may be that user's alone to see.
        if (r.list && by.who != nullptr) {
            auto own = co_await probe::send_as(ctx, *r.list, t, by, place);
            views.push_back(std::move(own));
        }
        auto const* const view = probe::shown_in(views, object.canary());
        one.is_write = true;
        one.came = of_write(one.hostile, view != nullptr);
        if (view != nullptr) {
            one.control = *view;
            one.token = view->shown(object.canary());
        }
        co_await object.discard(ctx);
        out.push_back(std::move(one));
    }
}

static asio::awaitable<void>
try_update(probe::context& ctx, target::resource const& r, tenant_index t, std::vector<trial>& out)
{
    probe::target_operation const what{&r, &*r.update};
    auto const made = co_await ctx.create_object(r, t);
    if (made.has_error()) co_return;
    auto& object = **made;
    for (auto const& by : ascending(ctx, t)) {
        auto one = begin(ctx, what, t, by);
        auto options = probe::about(ctx, object);
        options.canary = ctx.fresh_canary(t);
        options.canary_number = ctx.fresh_number(t);
        ctx.plants(options.canary, options.canary_number);
        probe::marks const written{options.canary, options.canary_number};
        one.hostile = co_await probe::send_as(ctx, *r.update, t, by, std::move(options));
        std::function<bool(probe::exchange const&)> const wanted = [&](probe::exchange const& e) {
            return !one.hostile.success() || !e.shown(written).empty();
        };
        auto about = probe::about(ctx, object);
        one.control = co_await probe::look_up_until(ctx, r, ctx.actor(t), std::move(about), wanted);
        one.is_write = true;
        if (one.control.success()) one.token = one.control.shown(written);
        one.came = of_write(one.hostile, !one.token.empty());
        out.push_back(std::move(one));
    }
    if (r.remove) co_await ctx.send(*r.remove, ctx.actor(t), probe::about(ctx, object));
    object.removed = true;
}

static asio::awaitable<void>
try_remove(probe::context& ctx, target::resource const& r, tenant_index t, std::vector<trial>& out)
{
    probe::target_operation const what{&r, &*r.remove};
    target::object* object = nullptr;
    for (auto const& by : ascending(ctx, t)) {
        if (object == nullptr || object->removed) {
            auto const made = co_await ctx.create_object(r, t);
            if (made.has_error()) co_return;
            object = *made;
        }
        auto one = begin(ctx, what, t, by);
        auto const about = probe::about(ctx, *object);
        auto const canary = probe::marks_of(*object);
        auto const before = co_await ctx.send(*r.read, ctx.actor(t), about);
        if (!before.success() || before.shown(canary).empty()) continue;
        one.hostile = co_await probe::send_as(ctx, *r.remove, t, by, about);
        std::function<bool(probe::exchange const&)> const wanted = [&](probe::exchange const& e) {
            return !one.hostile.success() || e.shown(canary).empty();
        };
        one.control = co_await probe::look_up_until(ctx, r, ctx.actor(t), about, wanted);
        auto const is_gone = !one.control.undecided() && one.control.shown(canary).empty();
        one.is_write = true;
        one.came = of_write(one.hostile, is_gone);
        if (is_gone) {
            one.token = canary.text;
            object->removed = true;
        }
        out.push_back(std::move(one));
    }
    if (object == nullptr || object->removed) co_return;
    co_await ctx.send(*r.remove, ctx.actor(t), probe::about(ctx, *object));
    object->removed = true;
}

// Credentials in a header of its own are somebody's, whatever role is to send it.
static bool has_own_credentials(target::operation const& op)
{
    return std::ranges::any_of(op.headers, [](auto const& h) {
        return h.second.mentions("user.");
    });
}

static std::vector<probe::target_operation> reads_of(target::model const& m)
{
    std::vector<probe::target_operation> out;
    for (auto const& r : m.resources) {
        if (r.is_shared) continue;
        for (auto const* op : {&r.read, &r.list}) {
            if (*op && probe::is_tenants_own(m, **op)) out.push_back({&r, &**op});
        }
        for (auto const& op : r.others) {
            if (probe::is_read(op) && probe::is_tenants_own(m, op)) out.push_back({&r, &op});
        }
    }
    for (auto const& op : m.operations) {
        if (probe::is_read(op) && probe::is_tenants_own(m, op)) out.push_back({nullptr, &op});
    }
    std::erase_if(out, [](auto const& read) { return has_own_credentials(*read.op); });
    return out;
}

asio::awaitable<void>
try_tenants_operations(probe::context& ctx, tenant_index t, std::vector<trial>& out)
{
    using target::resource;
    for (auto const& read : reads_of(ctx.model())) co_await try_read(ctx, read, t, out);
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        if (probe::writes_canary(*r->create) && (r->list || r->read)) {
            co_await try_create(ctx, *r, t, out);
        }
        if (r->update && r->read && probe::writes_canary(*r->update)) {
            co_await try_update(ctx, *r, t, out);
        }
        if (r->remove && r->read) co_await try_remove(ctx, *r, t, out);
    }
}

} // namespace watertight::probes::api::role_matrix
