#include "harness/target/session.hpp"
#include "harness/tenants/bench.hpp"
#include "harness/tenants/command.hpp"
#include "harness/tenants/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>

namespace watertight::tenants {

namespace {

bool is_gone(target::exchange const& x)
{
    return x.ok() || (x.answer && (x.answer->status == 404 || x.answer->status == 410));
}

/// The default identity channels that can be filled in: a tenant whose creation was not answered
/// has no id, and yet its removal may need none.
std::vector<std::pair<std::size_t, std::string>>
known_identity(target::model const& m, target::scope const& s)
{
    using channel_kind = target::identity_channel::kind;
    std::vector<std::pair<std::size_t, std::string>> out;
    std::string hold;
    auto const values = [&](std::string_view name) { return target::find_value(s, name, hold); };
    for (std::size_t i = 0; i < m.identity.size(); ++i) {
        auto const& channel = m.identity[i];
        auto const is_sent =
            channel.type != channel_kind::path && channel.type != channel_kind::jwt;
        std::string value;
        if (!channel.is_default || !is_sent || channel.value.render(values, value)) continue;
        out.emplace_back(i, std::move(value));
    }
    return out;
}

/// Sends a removal. What is not there any more counts as removed.
asio::awaitable<setback> send_removal(
    bench& b,
    target::operation const& op,
    target::tenant& t,
    target::actor* who,
    target::object const* o
)
{
    if (op.as.empty() && who != nullptr) {
        auto const session = co_await target::ensure_session(b.w.client, b.w.model, t, *who);
        if (!session) co_return report_of(b, t, session.error(), "not removed");
    }
    auto const s = scope_of(b.w, t, who, o);
    target::overrides with;
    with.identity = known_identity(b.w.model, s);
    auto const x = co_await target::perform(b.w.client, b.w.model, op, s, std::move(with));
    if (is_gone(x)) co_return std::nullopt;
    co_return report_of(b, t, x, "not removed");
}

target::actor* default_actor(target::tenant& t)
{
    return t.actors.empty() ? nullptr : &t.actors.front();
}

/// Learns what removal needs of a tenant whose creation was not answered.
/// @return true if the target says that there is no such tenant.
asio::awaitable<bool> is_absent(bench& b, target::tenant& t)
{
    if (!b.w.how.find || t.attributes.find("id")) co_return false;
    auto const& op = *b.w.how.find;
    auto const s = scope_of(b.w, t, default_actor(t));
    target::overrides o;
    o.identity.emplace();
    auto const x = co_await target::perform(b.w.client, b.w.model, op, s, std::move(o));
    if (x.answer && (x.answer->status == 404 || x.answer->status == 410)) co_return true;
    recipients const to{&t, default_actor(t), &t.attributes, {t.index, {}, {}}, "tenants"};
    // Without its captures the removal itself will say what is missing.
    if (x.ok()) static_cast<void>(take_captures(b, op, *x.answer, to));
    co_return false;
}

asio::awaitable<setback> remove_by_command(bench& b, target::tenant& t)
{
    auto const& step = *b.w.how.remove_command;
    auto arguments = render_arguments(step, scope_of(b.w, t, default_actor(t)));
    if (!arguments) co_return report_of(b, t, arguments.error(), "not removed");
    auto const output = co_await run_command(std::move(*arguments), step.timeout);
    if (output) co_return std::nullopt;
    co_return report_of(b, t, output.error(), "not removed");
}

asio::awaitable<setback> remove_whole(bench& b, target::tenant& t)
{
    auto const is_gone = co_await is_absent(b, t);
    if (is_gone) co_return std::nullopt;
    auto const& how = b.w.how;
    setback out;
    if (how.remove) {
        out = co_await send_removal(b, *how.remove, t, default_actor(t), nullptr);
        for (auto const& op : how.remove_then) {
            if (!out) out = co_await send_removal(b, op, t, default_actor(t), nullptr);
        }
    } else if (how.remove_sql) {
        auto const s = scope_of(b.w, t, default_actor(t));
        auto const rows = co_await run_sql(b.stores, *how.remove_sql, s);
        if (!rows) out = report_of(b, t, rows.error(), "not removed");
    } else {
        out = co_await remove_by_command(b, t);
    }
    co_return out;
}

/// Youngest first, so that children go before their parents.
asio::awaitable<setback> remove_objects(bench& b, target::tenant& t)
{
    setback first;
    auto& all = b.w.made.objects[t.index.value];
    for (auto& o : all | std::views::reverse) {
        // What existed before the run has no canary of it.
        if (o.removed || o.canary.empty()) continue;
        auto const* const r = b.w.model.find_resource(o.resource);
        if (r == nullptr || !r->remove) {
            if (!first) {
                auto const none = failure{
                    errc::rejected, "the scenario describes no removal of " + o.resource, {}};
                first = report_of(b, t, none, "left in the target");
            }
            continue;
        }
        auto* const who = o.creator.value < t.actors.size() ? &t.actors[o.creator.value] : nullptr;
        auto trouble = co_await send_removal(b, *r->remove, t, who, &o);
        if (trouble && !first) first = std::move(trouble);
        if (trouble) continue;
        o.removed = true;
        b.w.log.removed("object", entry_of(t, o).key);
    }
    co_return first;
}

/// Users are removed as objects of a resource called users, the one who acts last.
asio::awaitable<setback> remove_users(bench& b, target::tenant& t)
{
    auto const* const r = b.w.model.find_resource("users");
    setback first;
    for (auto& a : t.actors | std::views::reverse) {
        if (!a.made_by_run) continue;
        if (r == nullptr || !r->remove) {
            auto const none =
                failure{errc::rejected, "the scenario describes no removal of users", {}};
            co_return report_of(b, t, none, "users left in the target");
        }
        target::object as_object;
        as_object.resource = r->name;
        as_object.attributes = a.attributes;
        auto trouble = co_await send_removal(b, *r->remove, t, default_actor(t), &as_object);
        if (trouble && !first) first = std::move(trouble);
        if (trouble) continue;
        a.made_by_run = false;
        b.w.log.removed("user", entry_of(t, a).key);
    }
    co_return first;
}

asio::awaitable<setback> remove_parts(bench& b, target::tenant& t)
{
    auto trouble = co_await remove_objects(b, t);
    auto of_users = co_await remove_users(b, t);
    if (!trouble) trouble = std::move(of_users);
    if (trouble || t.is_foreign || !t.may_exist) co_return trouble;
    if (!b.w.how.create && !b.w.how.create_sql && !b.w.how.create_command) co_return trouble;
    auto const none = failure{errc::rejected, "the scenario describes no removal of tenants", {}};
    co_return report_of(b, t, none, "emptied, but left in the target");
}

asio::awaitable<std::vector<provisioning_failure>> remove_one(bench& b, target::tenant& t)
{
    std::vector<provisioning_failure> out;
    setback trouble;
    if (goes_with_tenant(b.w.how, t)) {
        trouble = co_await remove_whole(b, t);
    } else {
        trouble = co_await remove_parts(b, t);
    }
    if (trouble) {
        out.push_back(std::move(*trouble));
        co_return out;
    }
    if (!t.is_foreign) b.w.log.removed("tenant", t.slug);
    t.state = target::tenant_state::removed;
    t.may_exist = false;
    for (auto& o : b.w.made.objects[t.index.value]) {
        if (!t.is_foreign) o.removed = true;
    }
    co_return out;
}

/// Whether anything of the run may be left of this tenant.
bool has_remains(target::population const& made, target::tenant const& t)
{
    if (t.state == target::tenant_state::removed) return false;
    if (t.may_exist) return true;
    if (std::ranges::any_of(t.actors, &target::actor::made_by_run)) return true;
    return std::ranges::any_of(made.objects[t.index.value], [](target::object const& o) {
        return !o.removed && !o.canary.empty();
    });
}

std::string take(journal_entry& e, std::string_view name)
{
    auto const found =
        std::ranges::find_if(e.attributes, [&](auto const& a) { return a.first == name; });
    if (found == e.attributes.end()) return {};
    auto value = std::move(found->second);
    e.attributes.erase(found);
    return value;
}

std::uint32_t number(std::string const& text)
{
    std::uint32_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

target::tenant& find_or_add(bench& b, std::string const& slug)
{
    auto& made = b.w.made;
    auto const found = std::ranges::find(made.tenants, slug, &target::tenant::slug);
    if (found != made.tenants.end()) return *found;
    auto& t = made.tenants.emplace_back();
    t.index = tenant_index{static_cast<std::uint32_t>(made.tenants.size() - 1)};
    t.slug = slug;
    // Until the journal names it as a tenant that the run made.
    t.is_foreign = true;
    t.state = target::tenant_state::failed;
    made.objects.resize(made.tenants.size());
    return t;
}

void restore_tenant(bench& b, journal_entry e)
{
    auto& t = find_or_add(b, e.key);
    t.is_foreign = false;
    t.may_exist = true;
    t.name = take(e, "name");
    t.plan = take(e, "plan");
    // Its own number of then: templates must render as they did.
    for (auto const& [name, value] : e.attributes) t.attributes.set(name, value);
}

void restore_user(bench& b, journal_entry e)
{
    auto& t = find_or_add(b, take(e, "@tenant"));
    if (t.actors.empty()) draft_users(b, t);
    auto const index = number(take(e, "@index"));
    if (index >= t.actors.size()) return;
    auto& a = t.actors[index];
    a.made_by_run = true;
    a.role = take(e, "@role");
    for (auto const& [name, value] : e.attributes) a.attributes.set(name, value);
}

void restore_object(bench& b, journal_entry e)
{
    auto& t = find_or_add(b, take(e, "@tenant"));
    auto& all = b.w.made.objects[t.index.value];
    target::object o;
    o.serial = object_serial{number(e.key.substr(e.key.rfind('/') + 1))};
    o.tenant = t.index;
    o.resource = take(e, "@resource");
    o.creator = actor_index{number(take(e, "@creator"))};
    o.canary = b.w.mint.text({t.index, o.creator, o.serial});
    for (auto const& [name, value] : e.attributes) o.attributes.set(name, value);
    all.push_back(std::move(o));
}

} // namespace

asio::awaitable<result<void>> remove_tenant(workshop& w, target::tenant& t)
{
    bench b{w};
    auto const failures = co_await remove_one(b, t);
    if (failures.empty()) co_return result<void>{};
    co_return failure{errc::rejected, failures.front().what, failures.front().response};
}

void restore(workshop& w, journal::leftovers const& left)
{
    bench b{w};
    w.made.run_id = left.run_id;
    // Oldest first: tenants before what is in them.
    for (auto const& e : left.entries | std::views::reverse) {
        if (e.kind == "tenant") restore_tenant(b, e);
        if (e.kind == "user") restore_user(b, e);
        if (e.kind == "object") restore_object(b, e);
    }
    for (auto& t : w.made.tenants) {
        if (t.actors.empty()) draft_users(b, t);
    }
}

asio::awaitable<std::vector<provisioning_failure>> remove_all(workshop& w)
{
    bench b{w};
    std::vector<target::tenant*> todo;
    for (auto& t : w.made.tenants) {
        if (has_remains(w.made, t)) todo.push_back(&t);
    }
    phase const what{"removing tenants", remove_one, on_failure::go_on};
    auto failures = co_await for_each_tenant(b, std::move(todo), what);
    co_return failures;
}

} // namespace watertight::tenants
