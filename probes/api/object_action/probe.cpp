#include "probes/api/object_action/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/id_list.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace watertight::probes::api::object_action {

constexpr probe::spec spec{
    .id = "api.object_action",
    .title = "An action can be carried out on another tenant's object",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A35 A10 A32",
    .rationale = "Approving, publishing, archiving, sharing: each action is a handler of its own "
                 "that loads its object again, by id alone. Of a list of ids often only the first "
                 "is checked.",
    .remedy = "Load the object in one place, by id and tenant of the credentials, and hand it to "
              "every action; for lists, let the statement that writes filter by tenant and compare "
              "the number of rows.",
};

using target::operation;
using target::resource;

// An action, the resource it belongs to, and what has to be done to an object before it.
struct action {
    resource const* of = nullptr;
    operation const* op = nullptr;
    operation const* first = nullptr;
};

// How the intruder asks: from where, and with an id of its own beside the victim's.
struct attack {
    probe::approach way{};
    std::optional<probe::id_order> beside{};
};

static std::vector<action> actions_of(target::model const& m)
{
    std::vector<action> out;
    for (auto const& r : m.resources) {
        if (r.is_shared || !r.create || probe::views_of(r).empty()) continue;
        for (auto const& op : r.others) {
            auto const is_action = !probe::is_read(op) && probe::is_tenants_own(m, op);
            if (is_action && !probe::object_slots(op).empty()) out.push_back({&r, &op, nullptr});
        }
    }
    return out;
}

// Canaries for a request by this tenant, where it carries any.
static probe::marks
mark(probe::context& ctx, operation const& op, tenant_index t, probe::request_options& options)
{
    if (!probe::writes_canary(op)) return {};
    options.canary = ctx.fresh_canary(t);
    options.canary_number = ctx.fresh_number(t);
    return {options.canary, options.canary_number};
}

// A new object as the action wants to find it; null if it can't be made or prepared.
static asio::awaitable<target::object*>
prepared_object(probe::context& ctx, action const& a, probe::tenant_pair pair)
{
    auto const made = co_await probe::create_foreign(ctx, *a.of, pair);
    if (made.has_error()) co_return nullptr;
    if (a.first == nullptr) co_return *made;
    auto options = probe::about(ctx, **made);
    mark(ctx, *a.first, pair.victim, options);
    auto const done = co_await ctx.send(*a.first, ctx.actor(pair.victim), options);
    if (done.success()) co_return *made;
    co_await probe::discard(ctx, *a.of, **made);
    co_return nullptr;
}

static asio::awaitable<void>
look_before(probe::context& ctx, action const& a, target::object const& o, side& s)
{
    auto const views = probe::views_of(*a.of);
    auto const about = probe::about(ctx, o);
    s.tokens = probe::tokens_of(o);
    s.before = co_await probe::look_at(ctx, views, o.tenant, about);
    s.before_again = co_await probe::look_at(ctx, views, o.tenant, about);
}

// How long the scenario lets what was written take to be seen.
static std::chrono::nanoseconds patience(action const& a)
{
    std::chrono::nanoseconds out{0};
    for (auto const& v : probe::views_of(*a.of)) out = std::max(out, v.op->within);
    return out;
}

// Once more after a while where the scenario grants reads some time, or where an object that was
// there suddenly is not.
static asio::awaitable<void> look_after(
    probe::context& ctx,
    action const& a,
    target::object const& o,
    std::chrono::nanoseconds pause,
    side& s
)
{
    auto const views = probe::views_of(*a.of);
    auto const about = probe::about(ctx, o);
    s.after = co_await probe::look_at(ctx, views, o.tenant, about);
    auto const is_gone = s.before.front().success() && !s.after.front().success();
    if (pause.count() == 0 && !is_gone) co_return;
    asio::steady_timer alarm{co_await asio::this_coro::executor, pause};
    co_await alarm.async_wait(asio::use_awaitable);
    s.after = co_await probe::look_at(ctx, views, o.tenant, about);
}

// The owner's own action on an object of its own.
static asio::awaitable<bool>
act_as_owner(probe::context& ctx, action const& a, probe::tenant_pair pair, side& out)
{
    auto* const object = co_await prepared_object(ctx, a, pair);
    if (object == nullptr) co_return false;
    co_await look_before(ctx, a, *object, out);
    auto options = probe::about(ctx, *object);
    out.planted = mark(ctx, *a.op, pair.victim, options);
    out.action = co_await ctx.send(*a.op, ctx.actor(pair.victim), std::move(options));
    co_await look_after(ctx, a, *object, patience(a), out);
    co_await probe::discard(ctx, *a.of, *object);
    co_return out.action.success();
}

// The intruder's request with a second id in its list; nothing if it holds no list.
static std::optional<target::overrides> with_both(
    probe::context& ctx,
    action const& a,
    probe::tenant_pair pair,
    probe::request_options const& own,
    target::object const& foreign,
    probe::id_order order
)
{
    target::overrides out;
    auto const own_id = probe::id_of(*own.object);
    auto const foreign_id = probe::id_of(foreign);
    if (target::takes_fields(a.op->body)) {
        auto const plain = probe::body_of(ctx, *a.op, pair.intruder, own);
        if (!plain) return std::nullopt;
        out.body = probe::body_with_second_id(a.op->body, *plain, own_id, foreign_id, order);
        if (out.body) return out;
    }
    auto const path = probe::target_of(ctx, *a.op, pair.intruder, own);
    if (!path || path->find('?') == std::string::npos) return std::nullopt;
    if (order == probe::id_order::foreign_first) return std::nullopt;
    auto const targets = probe::targets_with_second_id(*path, own_id, foreign_id);
    if (targets.empty()) return std::nullopt;
    out.path = targets.front().second;
    return out;
}

static asio::awaitable<bool> act_beside_own(
    probe::context& ctx,
    action const& a,
    probe::tenant_pair pair,
    target::object const& victims,
    probe::id_order order,
    trial& t
)
{
    auto* const own = co_await prepared_object(ctx, a, {pair.intruder, pair.victim});
    if (own == nullptr) co_return false;
    auto options = probe::about(ctx, *own);
    t.hostile.planted = mark(ctx, *a.op, pair.intruder, options);
    auto changes = with_both(ctx, a, pair, options, victims, order);
    auto const is_list = changes.has_value();
    if (is_list) {
        options.changes = std::move(*changes);
        ctx.plants(t.hostile.planted.text, t.hostile.planted.number);
        t.way = order == probe::id_order::own_first ? "by the victim's id after one of its own"
                                                    : "by the victim's id before one of its own";
        t.hostile.action = co_await ctx.send(*a.op, ctx.actor(pair.intruder), std::move(options));
    }
    co_await probe::discard(ctx, *a.of, *own);
    co_return is_list;
}

static asio::awaitable<void> act_directly(
    probe::context& ctx,
    action const& a,
    probe::tenant_pair pair,
    target::object const& victims,
    probe::approach way,
    trial& t
)
{
    auto options = probe::about(ctx, victims);
    t.way = probe::describe(way);
    // Before the hostile one: whoever learns nothing from it learns nothing from this.
    target::values twin;
    twin.set("id", probe::absent_twin(probe::id_of(victims), ctx.random()));
    auto absent = options;
    absent.extra = &twin;
    mark(ctx, *a.op, pair.intruder, absent);
    if (a.op->mentions("id")) {
        t.absent = co_await probe::reach(ctx, {a.of, a.op}, pair, way, std::move(absent));
    }
    t.hostile.planted = mark(ctx, *a.op, pair.intruder, options);
    ctx.plants(t.hostile.planted.text, t.hostile.planted.number);
    t.hostile.action = co_await probe::reach(ctx, {a.of, a.op}, pair, way, std::move(options));
}

// Where tenants count for themselves, whoever names the victim's number may have one like it, which
// another probe may have made.
static asio::awaitable<bool> has_one_like_it(
    probe::context& ctx, action const& a, probe::tenant_pair pair, target::object const& object
)
{
    if (probe::has_same_id(ctx, pair.intruder, object)) co_return true;
    if (!a.of->read || !probe::ids_repeat(ctx, *a.of)) co_return false;
    auto const about = probe::about(ctx, object);
    auto const own = co_await ctx.send(*a.of->read, ctx.actor(pair.intruder), about);
    co_return own.success();
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    action const& a,
    probe::tenant_pair pair,
    attack how,
    side const& own,
    std::vector<trial>& out
)
{
    auto* const object = co_await prepared_object(ctx, a, pair);
    auto* const idle = co_await prepared_object(ctx, a, pair);
    if (object == nullptr || idle == nullptr) co_return;
    // But for a path that names the victim, an id that both have is the intruder's own object.
    auto const is_shared = co_await has_one_like_it(ctx, a, pair, *object);
    auto const is_aimed =
        how.way == probe::approach::victims_path && !how.beside && probe::names_tenant(*a.op);
    auto is_tried = !is_shared || is_aimed;
    if (is_tried) {
        trial t;
        t.own = own;
        t.first_list = a.of->read ? 1 : 0;
        if (a.first != nullptr) t.prepared = a.first->name;
        co_await look_before(ctx, a, *object, t.hostile);
        co_await look_before(ctx, a, *idle, t.idle);
        // Around the idle one's: what both pages have in common (a cached side bar) and turned over
        // meanwhile is then seen to move by itself.
        t.hostile.before_again = co_await probe::look_at(
            ctx, probe::views_of(*a.of), object->tenant, probe::about(ctx, *object)
        );
        if (how.beside) {
            is_tried = co_await act_beside_own(ctx, a, pair, *object, *how.beside, t);
        } else {
            co_await act_directly(ctx, a, pair, *object, how.way, t);
        }
        if (is_tried) {
            co_await look_after(ctx, a, *object, patience(a), t.hostile);
            co_await look_after(ctx, a, *idle, std::chrono::nanoseconds{0}, t.idle);
            out.push_back(std::move(t));
        }
    }
    co_await probe::discard(ctx, *a.of, *object);
    co_await probe::discard(ctx, *a.of, *idle);
}

// Whether the owner sees what its action did.
static bool shows_effect(side const& s)
{
    for (std::size_t i = 0; i < s.before.size() && i < s.after.size(); ++i) {
        if (s.before[i].success() != s.after[i].success()) return true;
        auto const moving = probe::volatile_parts({s.before[i].body, s.before_again[i].body});
        if (!probe::changed_parts(s.before[i].body, s.after[i].body, moving).empty()) return true;
    }
    return false;
}

// What the owner's action needs to have been done before, found by trying: nothing, another action
// of the resource, its removal (to be restored).
static asio::awaitable<side> find_control(probe::context& ctx, action& a, probe::tenant_pair pair)
{
    side as_it_is;
    auto works = co_await act_as_owner(ctx, a, pair, as_it_is);
    if (works && (shows_effect(as_it_is) || !a.of->remove)) co_return as_it_is;
    if (works) {
        // What is done to an object that it does nothing to may be meant for one that is gone.
        auto after_removal = a;
        after_removal.first = &*a.of->remove;
        side s;
        auto const restores = co_await act_as_owner(ctx, after_removal, pair, s);
        if (!restores || !shows_effect(s)) co_return as_it_is;
        a = after_removal;
        co_return s;
    }
    std::vector<operation const*> others;
    for (auto const& op : a.of->others) {
        auto const is_other = &op != a.op && !probe::is_read(op);
        if (is_other && !probe::object_slots(op).empty()) others.push_back(&op);
    }
    if (a.of->remove) others.push_back(&*a.of->remove);
    for (auto const* const first : others) {
        auto prepared = a;
        prepared.first = first;
        side s;
        works = co_await act_as_owner(ctx, prepared, pair, s);
        if (!works) continue;
        a = prepared;
        co_return s;
    }
    co_return as_it_is;
}

static std::vector<attack> attacks_on(operation const& op)
{
    std::vector<attack> out;
    for (auto const way : probe::approaches(op)) out.push_back({way, {}});
    // Where neither a body nor a query is, no list can be.
    auto const has_query = std::ranges::any_of(op.path.pieces(), [](auto const& piece) {
        return piece.literal.find('?') != std::string::npos;
    });
    if (!target::takes_fields(op.body) && !has_query) return out;
    out.push_back({probe::approach::own_path, probe::id_order::own_first});
    out.push_back({probe::approach::own_path, probe::id_order::foreign_first});
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const actions = actions_of(ctx.model());
    auto const carried_over = co_await carry_all(ctx);
    probe::conclusion out;
    judge_carried(carried_over, out);
    if (actions.empty()) {
        out.not_applicable =
            "no resource that can be read back has an action on one of its objects "
            "(`others` with {id})";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 4;
    std::vector<trial> trials;
    // One after another: what one attempt does to a tenant must not be taken for another's effect.
    for (auto a : actions) {
        ctx.covered().examined("endpoint", a.op->channel(), spec.id);
        // Where each look takes its time, fewer are enough.
        for (auto const pair : ctx.few_pairs(patience(a).count() == 0 ? pairs_max : 1)) {
            auto const own = co_await find_control(ctx, a, pair);
            if (own.after.empty()) continue;
            for (auto const how : attacks_on(*a.op)) {
                co_await attempt(ctx, a, pair, how, own, trials);
            }
        }
    }
    out = judge(trials);
    judge_carried(carried_over, out);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::object_action
