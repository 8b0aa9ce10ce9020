#include "harness/probe/reach.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/body_diff.hpp"
#include "harness/probe/read_back.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

namespace watertight::probe {

asio::awaitable<exchange> send_as_intruder(
    context& ctx, target::operation const& op, tenant_pair pair, request_options options
)
{
    options.slots_of = &ctx.tenant(pair.victim);
    if (!options.changes.identity) options.changes.identity = identity_of(ctx, pair.intruder);
    co_return co_await ctx.send(op, ctx.actor(pair.intruder), std::move(options));
}

// {tenant.id}, and not {tenant.tags.id}, which is an object's.
static bool is_tenants_own_slot(std::string_view slot)
{
    return slot.starts_with("tenant.") && slot.find('.', 7) == slot.npos;
}

// The slots of the path that name the tenant once more, by something else than the first.
static std::vector<std::string> further_tenant_slots(target::operation const& op)
{
    std::vector<std::string> all;
    for (auto const& piece : op.path.pieces()) {
        auto const is_new =
            is_tenants_own_slot(piece.slot) && std::ranges::count(all, piece.slot) == 0;
        if (is_new) all.push_back(piece.slot);
    }
    if (!all.empty()) all.erase(all.begin());
    return all;
}

static void
fill_further_slots(target::operation const& op, target::tenant const& victim, target::values& out)
{
    for (auto const& slot : further_tenant_slots(op)) {
        auto const name = std::string_view{slot}.substr(7);
        auto const known = victim.attributes.find(name);
        if (known)
            out.set(slot, std::string{*known});
        else if (name == "slug")
            out.set(slot, victim.slug);
    }
}

std::vector<approach> approaches(target::operation const& op)
{
    std::vector<approach> out{approach::victims_path};
    if (names_tenant(op)) out.push_back(approach::own_path);
    // The first is checked, the second is looked up: /t/{tenant.slug}/files/{tenant.id}/...
    if (!further_tenant_slots(op).empty()) out.push_back(approach::own_first_name);
    if (!names_parent(op) || object_slots(op).empty()) return out;
    out.push_back(approach::own_parent);
    if (op.mentions("parent.parent.")) out.push_back(approach::own_grandparent);
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
    case approach::own_first_name:
        return "by a path that names the intruder first and the victim further on";
    case approach::own_grandparent:
        return "by the victim's ids under an object of its own further up";
    }
    return "";
}

static asio::awaitable<exchange> reach_once(
    context& ctx, target_operation what, tenant_pair pair, approach way, request_options options
)
{
    if (way == approach::victims_path) {
        co_return co_await send_as_intruder(ctx, *what.op, pair, std::move(options));
    }
    co_return co_await ctx.send(*what.op, ctx.actor(pair.intruder), std::move(options));
}

static bool is_same_failure(exchange const& a, exchange const& b)
{
    auto const parts_a = flatten(a.body);
    auto const parts_b = flatten(b.body);
    auto const same_place = [](auto const& x, auto const& y) { return x.first == y.first; };
    return a.answered && b.answered && a.status == b.status &&
           std::ranges::equal(parts_a, parts_b, same_place);
}

// A target that fails for the victim's object may fail for whatever is not there, or for what is
// there and another's, each time, and refuse the rest in words. Chance failures are told from that
// by asking for both in turn.
static asio::awaitable<exchange> compare_with_absent(
    context& ctx,
    target_operation what,
    tenant_pair pair,
    approach way,
    request_options const& options,
    exchange failed
)
{
    static constexpr int rounds = 2;
    for (int i = 0; i < rounds; ++i) {
        target::values twin;
        if (options.extra != nullptr) twin = *options.extra;
        twin.set("id", absent_twin(id_of(*options.object), ctx.random()));
        auto to_nobody = options;
        to_nobody.extra = &twin;
        auto const absent = co_await reach_once(ctx, what, pair, way, std::move(to_nobody));
        auto const is_refused = absent.refused() && absent.status < 500;
        if (!is_refused && !is_same_failure(failed, absent)) co_return failed;
        auto again = co_await reach_once(ctx, what, pair, way, options);
        if (!is_same_failure(failed, again)) co_return again;
    }
    failed.fails_as_for_absent = true;
    co_return failed;
}

static exchange without_parent(target_operation what, tenant_pair pair)
{
    exchange e;
    e.channel = what.op->channel();
    e.tenant = pair.intruder;
    e.failure = "the intruder has no " + what.of->parent + " of its own";
    return e;
}

// The slots of what lies above the parent, as an object of the intruder's own would fill them.
static void fill_grandparents(
    target::operation const& op, target::object const& own_parent, target::values& out
)
{
    static constexpr std::string_view above = "parent.parent.";
    for (auto const& piece : op.path.pieces()) {
        if (!piece.slot.starts_with(above)) continue;
        auto const name = piece.slot.substr(std::string_view{"parent."}.size());
        if (auto const value = own_parent.attributes.find(name))
            out.set(piece.slot, std::string{*value});
    }
}

asio::awaitable<exchange>
reach(context& ctx, target_operation what, tenant_pair pair, approach way, request_options options)
{
    target::values slots;
    if (way == approach::own_parent || way == approach::own_grandparent) {
        auto const* const parents = ctx.model().find_resource(what.of->parent);
        auto const* const own =
            parents == nullptr ? nullptr : pick_object(ctx, pair.intruder, *parents, 0);
        if (own == nullptr) co_return without_parent(what, pair);
        if (way == approach::own_parent) options.parent = own;
        if (way == approach::own_grandparent) {
            if (options.extra != nullptr) slots = *options.extra;
            fill_grandparents(*what.op, *own, slots);
            options.extra = &slots;
        }
    }
    if (way == approach::own_first_name) {
        if (options.extra != nullptr) slots = *options.extra;
        fill_further_slots(*what.op, ctx.tenant(pair.victim), slots);
        options.extra = &slots;
    }
    auto const asks_for_nobodys = options.extra != nullptr && options.extra->find("id").has_value();
    auto sent = co_await reach_once(ctx, what, pair, way, options);
    auto const is_comparable =
        options.object != nullptr && what.op->mentions("id") && !asks_for_nobodys;
    if (!sent.answered || sent.status < 500 || !is_comparable) co_return sent;
    co_return co_await compare_with_absent(ctx, what, pair, way, options, std::move(sent));
}

bool has_same_id(context& ctx, tenant_index t, target::object const& o)
{
    auto const id = id_of(o);
    return !id.empty() &&
           std::ranges::any_of(ctx.population().objects[t.value], [&](auto const& own) {
               return own.resource == o.resource && id_of(own) == id;
           });
}

bool ids_repeat(context& ctx, target::resource const& r)
{
    std::set<std::string, std::less<>> seen;
    for (auto const& objects : ctx.population().objects) {
        for (auto const& o : objects) {
            if (o.resource != r.name || id_of(o).empty()) continue;
            if (!seen.emplace(id_of(o)).second) return true;
        }
    }
    return false;
}

bool ids_may_clash(context& ctx, target::resource const& r)
{
    static constexpr std::size_t digits_max = 7;
    for (auto const t : ctx.tenants()) {
        for (auto const* o : ctx.population().living(t, r.name)) {
            auto const id = id_of(*o);
            if (id.size() <= digits_max && is_number(id)) return true;
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

// Under its own path an id that the intruder has, too, means its own object; also one of an object
// that nobody has told the harness of.
static asio::awaitable<bool>
is_own_to(context& ctx, target_operation read, tenant_index who, target::object const& o)
{
    if (has_same_id(ctx, who, o)) co_return true;
    static constexpr std::size_t number_max = 9;
    auto const id = id_of(o);
    if (id.size() > number_max || !is_number(id)) co_return false;
    auto const e = co_await ctx.send(*read.op, ctx.actor(who), about(ctx, o));
    co_return e.success() && e.token_of(who) != nullptr;
}

asio::awaitable<strange_object>
strange_to_intruder(context& ctx, target_operation read, tenant_pair pair, std::size_t turn)
{
    strange_object out{pick_foreign(ctx, pair, *read.of, turn)};
    if (out.object == nullptr) co_return out;
    auto const is_own = co_await is_own_to(ctx, read, pair.intruder, *out.object);
    if (!is_own) co_return out;
    out.object = nullptr;
    static constexpr int makes_max = 6;
    auto const can_make = read.of->create && is_tenants_own(ctx.model(), *read.of->create);
    for (int i = 0; can_make && out.object == nullptr && i < makes_max; ++i) {
        if (out.made != nullptr) co_await discard(ctx, *read.of, *out.made);
        auto const made = co_await create_foreign(ctx, *read.of, pair);
        out.made = made.has_error() ? nullptr : *made;
        if (out.made == nullptr) co_return out;
        auto const is_known = co_await is_own_to(ctx, read, pair.intruder, *out.made);
        if (!is_known) out.object = out.made;
    }
    co_return out;
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
        .serial = options.object == nullptr ? options.serial : options.object->serial.value,
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
    auto const& wire = plain->http.wire;
    return target::fields_of(op.body, std::string_view{wire}.substr(wire.find("\r\n\r\n") + 4));
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
