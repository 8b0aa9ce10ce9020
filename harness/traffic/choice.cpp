// What a worker sends next, and in whose name.
#include "harness/base/fatal.hpp"
#include "harness/traffic/trip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace watertight::traffic {

static constexpr int draws_max = 64;
// A read in twenty looks after an object that is gone, if there is one.
static constexpr double share_of_removed = 0.05;

intent worker::choose(stage& s, std::optional<slot_pool::user> bound)
{
    if (bound) return draw(s, bound);
    if (!s.ahead) look_ahead(s);
    auto i = std::move(*s.ahead);
    if (i.what == nullptr && !choose_for(i, std::nullopt)) i = draw(s, std::nullopt);
    look_ahead(s);
    return i;
}

// What the next request reads is fetched while this one is sent, and what leads there while the one
// before was. What acts upon objects is drawn, but chosen when its turn comes: the objects may be
// gone by then.
void worker::look_ahead(stage& s)
{
    if (!s.after_next) draw_after_next(s);
    auto& next = s.ahead.emplace();
    next.tenant = s.after_next->tenant;
    next.operation = s.after_next->operation;
    draw_after_next(s);
    auto const& what = in_.operations.entries()[next.operation];
    if (what.needs_object || what.needs_parent || what.writes() || what.mints_canary) return;
    if (choose_for(next, std::nullopt)) {
        source_.expect(next);
        out_.tally.expect(next.tenant);
    } else {
        next.what = nullptr;
    }
}

void worker::draw_after_next(stage& s)
{
    auto const drawn = draw_one(s, std::nullopt);
    actors_.approach(drawn.tenant);
    source_.approach(drawn.operation, drawn.tenant);
    s.after_next = drawn;
}

worker::lot worker::draw_one(stage& s, std::optional<slot_pool::user> bound)
{
    auto const tenant =
        bound ? bound->tenant : tenant_index{static_cast<std::uint32_t>(s.tenants.pick(random_))};
    return {tenant, s.operations.pick(random_)};
}

intent worker::draw(stage& s, std::optional<slot_pool::user> bound)
{
    intent i;
    for (int n = 0; n < 2 * draws_max; ++n) {
        // A user whose tenant has nothing to act upon acts for another one rather than not at all.
        if (n == draws_max) bound.reset();
        auto const one = draw_one(s, bound);
        i.tenant = one.tenant;
        i.operation = one.operation;
        if (choose_for(i, bound)) return i;
    }
    throw run_error{fmt::format(
        "traffic phase \"{}\": no tenant has the objects and users that its operations need",
        s.what.name
    )};
}

bool worker::choose_for(intent& i, std::optional<slot_pool::user> who)
{
    auto const bound = who ? std::optional{who->actor} : std::nullopt;
    i.what = &in_.operations.entries()[i.operation];
    i.object = nullptr;
    i.parent = nullptr;
    i.expects_absence = false;
    if (i.what->needs_object && !choose_object(i, bound)) return false;
    if (i.what->needs_parent) {
        auto const& parents = in_.model.resources;
        auto const of = std::ranges::find(parents, i.what->in->parent, &target::resource::name);
        if (of == parents.end()) return false;
        i.parent = objects_.pick(i.tenant, static_cast<std::size_t>(of - parents.begin()), random_);
        if (!i.parent) return false;
    }
    auto const actor = choose_actor(i, bound);
    if (!actor) return false;
    i.actor = *actor;
    mint_canary(i);
    return true;
}

static std::chrono::nanoseconds within_of(target::resource const& r)
{
    std::chrono::nanoseconds longest{};
    for (auto const* op : {&r.create, &r.read, &r.update, &r.remove}) {
        if (*op) longest = std::max(longest, (*op)->within);
    }
    return longest;
}

bool worker::choose_object(intent& i, std::optional<actor_index> bound)
{
    auto const r = i.what->resource;
    if (i.what->kind == verb::update || i.what->kind == verb::remove) {
        i.object = objects_.pick_to_write(i.tenant, r, random_);
        return i.object != nullptr;
    }
    if (i.what->kind == verb::read && random_.unit() < share_of_removed) {
        auto const ago = within_of(*i.what->in);
        i.object = objects_.pick_removed(i.tenant, r, steady::now(), ago);
        i.expects_absence = i.object != nullptr;
        if (i.object) return true;
    }
    // A user who is bound to a connection should mostly see to their own objects.
    for (int n = 0; n < 4; ++n) {
        i.object = objects_.pick(i.tenant, r, random_);
        if (!i.object || !bound || i.object->data->creator == *bound) break;
    }
    return i.object != nullptr;
}

// Objects are seen to by whom they belong to; everything else by any user of the kind that the
// tenant's first one is. Nothing if the operation wants a role that nobody of the tenant has.
std::optional<actor_index> worker::choose_actor(intent const& i, std::optional<actor_index> bound)
{
    auto const wanted = actors_.wanted_by(i.operation);
    auto const users = [&]() -> auto const&
    {
        return in_.tenants.at(i.tenant).actors;
    };
    if (!wanted && i.object && i.object->data->creator.value < users().size()) {
        return i.object->data->creator;
    }
    auto const role = wanted ? *wanted : actors_.first_role(i.tenant);
    if (bound && users()[bound->value].role == actors_.name(role)) return bound;
    return actors_.pick(i.tenant, role, random_);
}

void worker::mint_canary(intent& i)
{
    i.writes_canary =
        i.what->kind == verb::create || i.what->kind == verb::update || i.what->mints_canary;
    if (!i.writes_canary) {
        // A search looks for what is there.
        i.canary_number = i.object ? i.object->data->canary_number : 0;
        return;
    }
    i.serial = objects_.mint_serial(i.tenant);
    evidence::owner const who{i.tenant, i.actor, i.serial};
    in_.mint.write_text(who, i.written.data());
    i.canary_number = in_.mint.number(who);
}

} // namespace watertight::traffic
