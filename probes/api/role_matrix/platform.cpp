#include "harness/probe/toolbox.hpp"
#include "probes/api/role_matrix/probe.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace watertight::probes::api::role_matrix {

static bool is_platforms(target::model const& m, target::operation const& op)
{
    return m.find_credential(op.as) != nullptr;
}

// Who may read others' data by the scenario's own word is no intruder.
static bool is_trusted(target::model const& m, std::string_view role)
{
    return std::ranges::any_of(m.shared, [&](auto const& s) { return s.role == role; });
}

static std::vector<probe::role> intruders(probe::context& ctx, tenant_index t)
{
    auto out = probe::roles_of(ctx, t);
    std::erase_if(out, [&](auto const& r) { return is_trusted(ctx.model(), r.name); });
    return out;
}

static trial begin(target::operation const& op, probe::role const& by, tenant_index victim)
{
    trial out;
    out.operation = op.name;
    out.channel = op.channel();
    out.role = by.name;
    out.may.is_platform = true;
    out.victim = victim;
    return out;
}

static asio::awaitable<void>
try_read(probe::context& ctx, target::operation const& op, tenant_index t, std::vector<trial>& out)
{
    auto const control = co_await ctx.send(op, ctx.actor(t));
    for (auto const& by : intruders(ctx, t)) {
        auto one = begin(op, by, t);
        one.control = control;
        one.control_worked = control.success();
        probe::request_options plain;
        one.hostile = co_await probe::send_as(ctx, op, t, by, std::move(plain));
        one.came = effect_of_read(control, one.hostile);
        if (auto const* const foreign = one.hostile.foreign_token()) {
            one.came = effect::served;
            one.victim = foreign->who.tenant;
            one.token = foreign->token;
        } else if (one.came == effect::served && control.foreign_token() != nullptr) {
            // Its own part of what the platform is shown.
            one.came = effect::nothing;
        }
        out.push_back(std::move(one));
    }
}

static std::vector<target::operation const*> platform_reads(target::model const& m)
{
    std::vector<target::operation const*> out;
    auto const take = [&](target::operation const& op) {
        auto const is_plain = probe::object_slots(op).empty() && !probe::is_search(op);
        if (is_platforms(m, op) && probe::is_read(op) && is_plain) out.push_back(&op);
    };
    for (auto const& r : m.resources) {
        if (r.list) take(*r.list);
        for (auto const& op : r.others) take(op);
    }
    for (auto const& op : m.operations) take(op);
    return out;
}

// What is not described: that tenants are listed where they are made.
static std::optional<target::operation> list_of_tenants(probe::context& ctx)
{
    auto const& create = ctx.shop().how.create;
    if (!create || create->method != "POST" || !is_platforms(ctx.model(), *create)) {
        return std::nullopt;
    }
    target::operation out;
    out.name = "tenants.list (derived)";
    out.path = create->path;
    out.path_pattern = create->path_pattern;
    out.as = create->as;
    return out;
}

// The slots of a tenant's creation that would be its first user's.
static target::values first_users(target::tenant const& t)
{
    target::values out;
    if (t.actors.empty()) return out;
    for (auto const& [name, value] : t.actors.front().attributes.all()) {
        out.set("user." + name, value);
    }
    return out;
}

// Makes a tenant as somebody who may not; it is there if its first user can work in it, or the
// platform can remove it where it could not remove one that was never made.
static asio::awaitable<void>
try_make(probe::context& ctx, tenant_index t, probe::role by, std::vector<trial>& out)
{
    auto& shop = ctx.shop();
    auto const& create = *shop.how.create;
    auto* const draft = co_await tenants::announce_tenant(shop);
    if (draft == nullptr) co_return;
    auto const slots = first_users(*draft);
    probe::request_options options;
    options.slots_of = draft;
    options.extra = &slots;
    options.changes.identity.emplace();
    auto one = begin(create, by, t);
    one.is_write = true;
    one.may_be_sign_up = true;
    one.control_worked = true;
    one.hostile = co_await probe::send_as(ctx, create, t, by, std::move(options));
    net::http_response const answer{
        .status = one.hostile.status,
        .head = one.hostile.head,
        .body = one.hostile.body,
        .took = {}};
    auto const is_made =
        tenants::conclude_tenant(shop, *draft, one.hostile.answered ? &answer : nullptr);
    one.came = one.hostile.undecided() ? effect::undecided
               : one.hostile.success() ? effect::nothing
                                       : effect::refused;
    if (is_made) {
        one.came = effect::accepted;
        one.victim = draft->index;
        auto const logs_in = !draft->actors.empty() && ctx.model().login.login.has_value();
        auto works = false;
        if (logs_in) {
            auto const session = co_await ctx.log_in(draft->actors.front());
            works = session.has_value();
        }
        if (works) {
            one.came = effect::served;
            one.token = draft->slug;
        }
    }
    if (draft->may_exist) static_cast<void>(co_await tenants::remove_tenant(shop, *draft));
    out.push_back(std::move(one));
}

// The first list that shows the tenant its own data.
static asio::awaitable<probe::exchange> look(probe::context& ctx, target::tenant& t)
{
    probe::exchange last;
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (read.of == nullptr) continue;
        auto place = probe::own_place(ctx, t.index, read, 0);
        last = co_await ctx.send(*read.op, t.actors.front(), std::move(place));
        if (last.success() && last.token_of(t.index) != nullptr) co_return last;
    }
    co_return last;
}

// Suspends or removes another tenant than the sender's, one that was made for it.
static asio::awaitable<void> try_end(
    probe::context& ctx,
    target::operation const& op,
    tenant_index t,
    std::vector<target::tenant*>& spare,
    std::vector<trial>& out
)
{
    for (auto const& by : intruders(ctx, t)) {
        if (spare.empty()) co_return;
        auto& victim = *spare.back();
        auto one = begin(op, by, victim.index);
        one.is_write = true;
        auto const before = co_await look(ctx, victim);
        one.control_worked = before.success() && before.token_of(victim.index) != nullptr;
        probe::request_options options;
        options.slots_of = &victim;
        options.changes.identity = probe::identity_of(ctx, t);
        one.hostile = co_await probe::send_as(ctx, op, t, by, std::move(options));
        one.control = co_await look(ctx, victim);
        auto const still = one.control.success() && one.control.token_of(victim.index) != nullptr;
        auto const took_effect = one.control_worked && !still && !one.control.undecided();
        one.came = took_effect               ? effect::served
                   : one.hostile.undecided() ? effect::undecided
                   : one.hostile.success()   ? effect::nothing
                                             : effect::refused;
        if (took_effect) {
            one.token = victim.slug;
            static_cast<void>(co_await tenants::remove_tenant(ctx.shop(), victim));
            spare.pop_back();
        }
        out.push_back(std::move(one));
    }
}

static asio::awaitable<target::tenant*> make_spare(probe::context& ctx)
{
    auto const made = co_await tenants::provision_extra(ctx.shop());
    if (made.has_error()) co_return nullptr;
    auto& tenant = **made;
    // Where all lists stand under something, that is made first: resources come parents first.
    std::set<std::string_view> there;
    auto is_listed = false;
    for (auto const is_nested : {false, true}) {
        if (is_listed) break;
        for (auto const& r : ctx.model().resources) {
            auto const has_parent = r.parent.empty() || there.contains(r.parent);
            auto const is_wanted = is_nested ? has_parent : r.list && r.parent.empty();
            if (!r.create || r.is_shared || !is_wanted || there.contains(r.name)) continue;
            auto const object = co_await ctx.create_object(r, tenant.actors.front());
            if (object.has_error()) continue;
            there.insert(r.name);
            is_listed = is_listed || r.list.has_value();
        }
    }
    co_return &tenant;
}

asio::awaitable<void>
try_platform_operations(probe::context& ctx, tenant_index t, std::vector<trial>& out)
{
    auto const& m = ctx.model();
    auto const& how = ctx.shop().how;
    for (auto const* const op : platform_reads(m)) co_await try_read(ctx, *op, t, out);
    if (auto const listing = list_of_tenants(ctx)) {
        std::vector<trial> derived;
        co_await try_read(ctx, *listing, t, derived);
        // A route that nobody described may not be there at all.
        for (auto& one : derived) {
            if (one.came == effect::served && !one.token.empty()) out.push_back(std::move(one));
        }
    }
    if (!how.from_file.empty()) co_return;
    if (how.create && is_platforms(m, *how.create)) {
        for (auto const& by : intruders(ctx, t)) co_await try_make(ctx, t, by, out);
    }
    std::vector<target::operation const*> ends;
    for (auto const* const op : {&how.suspend, &how.remove}) {
        if (*op && is_platforms(m, **op)) ends.push_back(&**op);
    }
    if (ends.empty()) co_return;
    std::vector<target::tenant*> spare;
    // One more, for what the first attempt that succeeds leaves nothing of.
    for (int i = 0; i < 2; ++i) {
        auto* const one = co_await make_spare(ctx);
        if (one != nullptr) spare.push_back(one);
    }
    for (auto const* const op : ends) co_await try_end(ctx, *op, t, spare, out);
    for (auto* const one : spare) {
        static_cast<void>(co_await tenants::remove_tenant(ctx.shop(), *one));
    }
}

} // namespace watertight::probes::api::role_matrix
