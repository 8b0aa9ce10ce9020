#include "harness/tenants/objects.hpp"

#include "harness/target/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace watertight::tenants {

namespace {

/// The first of a resource's objects that live under `parent`.
target::object const*
first_under(workshop const& w, target::resource const& r, target::object const& parent)
{
    for (auto const& o : w.made.objects[parent.tenant.value]) {
        if (!o.removed && o.resource == r.name && o.parent == parent.serial) return &o;
    }
    return nullptr;
}

/// {tenant.labels.id} of what lives under a project is a label of the same project where labels
/// live under projects, too: few targets take another one's.
void introduce_siblings(workshop const& w, target::resource const& r, target::object& o)
{
    auto const& parent = w.made.objects[o.tenant.value][o.parent->value];
    for (auto const& other : w.model.resources) {
        if (!other.is_referred_to || other.parent != r.parent) continue;
        auto const* const first = first_under(w, other, parent);
        if (first == nullptr) continue;
        for (auto const& [name, value] : first->attributes.all()) {
            // Its own captures, and not what it knows of others.
            if (name.starts_with("parent.") || name.starts_with("tenant.")) continue;
            o.attributes.set(fmt::format("tenant.{}.{}", other.name, name), value);
        }
    }
}

/// The parent of the next object: the creator's own ones in turn, else the tenant's; but none that
/// may be gone before its child is done with.
target::object const* choose_parent(
    workshop const& w, target::resource const& r, target::tenant const& t, target::actor const& who
)
{
    auto const all = w.made.lasting(t.index, r.parent);
    std::vector<target::object const*> own;
    for (auto const* o : all) {
        if (o->creator == who.index) own.push_back(o);
    }
    auto from = own.empty() ? all : own;
    if (from.empty()) return nullptr;
    // What the creation refers to lives beside it, where anything of its kind does.
    auto with_siblings = from;
    std::erase_if(with_siblings, [&](target::object const* o) {
        return std::ranges::any_of(w.model.resources, [&](target::resource const& other) {
            auto const is_named = std::ranges::count(r.refers_to, other.name) != 0;
            return is_named && other.parent == r.parent && first_under(w, other, *o) == nullptr;
        });
    });
    if (!with_siblings.empty()) from = std::move(with_siblings);
    std::size_t siblings = 0;
    for (auto const& o : w.made.objects[t.index.value]) {
        if (o.resource == r.name && o.creator == who.index) ++siblings;
    }
    return from[siblings % from.size()];
}

/// Takes the next serial. The place is marked removed until the object is known to be there.
target::object&
reserve(workshop& w, target::resource const& r, target::tenant const& t, target::actor const& who)
{
    auto const* const parent = r.parent.empty() ? nullptr : choose_parent(w, r, t, who);
    auto& all = w.made.objects[t.index.value];
    target::object o;
    o.serial = object_serial{static_cast<std::uint32_t>(all.size())};
    o.tenant = t.index;
    o.creator = who.index;
    o.resource = r.name;
    o.removed = true;
    evidence::owner const owner{t.index, who.index, o.serial};
    o.canary = w.mint.text(owner);
    o.canary_number = w.mint.number(owner);
    if (parent != nullptr) {
        o.parent = parent->serial;
        for (auto const& [name, value] : parent->attributes.all()) {
            o.attributes.set("parent." + name, value);
        }
        introduce_siblings(w, r, o);
    }
    return all.emplace_back(std::move(o));
}

target::scope writing_scope(
    workshop const& w, target::tenant const& t, target::actor const& who, target::object const& o
)
{
    auto s = scope_of(w, t, &who, &o);
    s.canary = o.canary;
    s.canary_number = o.canary_number;
    s.serial = o.serial.value;
    return s;
}

evidence::outcome outcome_of(target::exchange const& x)
{
    if (x.ok()) return evidence::outcome::ok;
    return x.had_no_effect() ? evidence::outcome::failed : evidence::outcome::unknown;
}

/// Sends a request about the object; once more with a new session if the old one has ended.
asio::awaitable<target::exchange> send(
    bench& b,
    target::operation const& op,
    target::tenant& t,
    target::actor& who,
    target::object const& o
)
{
    auto const s = writing_scope(b.w, t, who, o);
    for (bool is_again = false;; is_again = true) {
        auto const session = co_await target::ensure_session(b.w.client, b.w.model, t, who);
        if (!session) {
            target::exchange unsent;
            unsent.error = session.error();
            co_return unsent;
        }
        target::overrides plain;
        auto x = co_await target::perform(b.w.client, b.w.model, op, s, std::move(plain));
        auto const ended = x.answer && x.answer->status == 401 && op.as.empty();
        if (!ended || is_again || !b.w.model.login.login) co_return x;
        who.logged_in = false;
    }
}

/// What the answer to the creation shows of the object, and its own page: where a creation is
/// answered by a redirect, only that does.
asio::awaitable<result<void>> learn(
    bench& b,
    target::resource const& r,
    target::tenant& t,
    target::object& o,
    net::http_response const& creation
)
{
    auto& who = t.actors[o.creator.value];
    recipients const to{&t, &who, &o.attributes, {t.index, who.index, o.serial}, r.name};
    auto const kept = take_captures(b, *r.create, creation, to);
    if (!kept || !r.read || r.read->captures.empty()) co_return kept;
    auto const x = co_await send(b, *r.read, t, who, o);
    if (!x.ok()) co_return *x.error;
    auto const shown = target::run_captures(*r.read, *x.answer);
    if (!shown) co_return shown.error();
    distribute(b, *shown, to);
    co_return result<void>{};
}

/// What refuses a canary may have a field that is too short for it.
std::string not_created(target::resource const& r, target::exchange const& x)
{
    auto const& op = *r.create;
    auto const status = x.answer ? x.answer->status : 0;
    auto const is_refused = status == 400 || status == 413 || status == 422;
    auto out = r.name + " not created";
    if (!is_refused || (!op.mentions("canary") && !op.mentions("canary."))) return out;
    out += fmt::format(
        " (a canary has {} characters, its number 16 digits: for a shorter field write {{serial}}, "
        "and {{canary}} into another)",
        evidence::canary_length
    );
    return out;
}

void record(bench& b, target::object const& o, evidence::outcome result, steady::time_point invoked)
{
    b.w.history.record(
        {.object = {o.tenant, o.resource, o.serial},
         .kind = evidence::write_kind::create,
         .result = result,
         .canary = o.canary,
         .invoked = invoked,
         .completed = steady::now()}
    );
}

/// The first object of a resource lends the tenant its attributes: {tenant.tags.id}.
void introduce(target::resource const& r, target::tenant& t, target::object const& o)
{
    if (!r.is_referred_to || t.attributes.find(r.name + ".id")) return;
    for (auto const& [name, value] : o.attributes.all()) {
        t.attributes.set(r.name + "." + name, value);
    }
}

} // namespace

asio::awaitable<made_object>
make_object(bench& b, target::resource const& r, target::tenant& t, target::actor& who)
{
    made_object out;
    if (!r.create) {
        out.error = {errc::malformed, "the scenario describes no creation of " + r.name, {}};
        out.trouble = report_of(b, t, out.error, r.name);
        co_return out;
    }
    auto& o = reserve(b.w, r, t, who);
    if (!r.parent.empty() && !o.parent) {
        out.error = {
            errc::not_found, fmt::format("{} has no {} to live under", r.name, r.parent), {}};
        out.trouble = report_of(b, t, out.error, r.name);
        co_return out;
    }
    auto const is_journaled = !goes_with_tenant(b.w.how, t);
    if (is_journaled) {
        auto entry = entry_of(t, o);
        co_await b.intents.intend(std::move(entry));
    }
    auto const invoked = steady::now();
    auto const x = co_await send(b, *r.create, t, who, o);
    auto result = outcome_of(x);
    auto kept = watertight::result<void>{};
    if (x.ok()) {
        kept = co_await learn(b, r, t, o, *x.answer);
        // It is there, but nobody can address it: its history proves nothing.
        if (!kept) result = evidence::outcome::unknown;
    }
    record(b, o, result, invoked);
    if (is_journaled && result == evidence::outcome::failed)
        b.w.log.removed("object", entry_of(t, o).key);
    if (is_journaled && x.ok()) b.w.log.made(entry_of(t, o));
    if (x.ok() && kept) {
        o.removed = false;
        introduce(r, t, o);
        out.object = &o;
        co_return out;
    }
    out.error = x.ok() ? kept.error() : *x.error;
    out.trouble = report_of(b, t, x, x.ok() ? kept.error().message : not_created(r, x));
    co_return out;
}

asio::awaitable<target::object*>
announce_object(workshop& w, target::resource const& r, target::tenant& where, target::actor& who)
{
    bench b{w};
    auto& o = reserve(w, r, where, who);
    if (!goes_with_tenant(w.how, where)) {
        auto entry = entry_of(where, o);
        co_await b.intents.intend(std::move(entry));
    }
    co_return &o;
}

bool goes_with_tenant(workshop const& w, tenant_index t)
{
    return goes_with_tenant(w.how, w.made.at(t));
}

asio::awaitable<void> conclude_object(
    workshop& w,
    target::resource const& r,
    target::object& announced,
    net::http_response const* answer
)
{
    if (answer == nullptr) co_return;
    bench b{w};
    auto& t = w.made.at(announced.tenant);
    auto const is_journaled = !goes_with_tenant(w.how, t);
    if (answer->status >= 400 && answer->status < 500) {
        if (is_journaled) w.log.removed("object", entry_of(t, announced).key);
        co_return;
    }
    if (!r.create->accepts(answer->status)) co_return;
    auto const kept = co_await learn(b, r, t, announced, *answer);
    if (!kept) co_return;
    announced.removed = false;
    introduce(r, t, announced);
    if (is_journaled) w.log.made(entry_of(t, announced));
}

asio::awaitable<result<target::object*>>
create_object(workshop& w, target::resource const& r, target::tenant& where, target::actor& who)
{
    bench b{w};
    auto made = co_await make_object(b, r, where, who);
    if (made.object == nullptr) co_return made.error;
    co_return made.object;
}

} // namespace watertight::tenants
