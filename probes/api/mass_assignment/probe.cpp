#include "probes/api/mass_assignment/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/own_fields.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"
#include "harness/probe/toolbox.hpp"
#include "harness/probe/twins.hpp"

#include <algorithm>

namespace watertight::probes::api::mass_assignment {

constexpr probe::spec spec{
    .id = "api.mass_assignment",
    .title = "A tenant named in the body is believed: objects can be planted in another tenant",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-915",
    .owasp = "API3:2023",
    .asvs = "8.2.3, 15.3.3",
    .faults = "A15 A16",
    .rationale = "Binding a request body straight to a record lets its sender set the column that "
                 "says whose record it is.",
    .remedy = "Accept a named list of members only, and set the tenant from the credentials after "
              "binding.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        auto const* const planted_in = probe::shown_in(t.victims_views, t.canary);
        if (planted_in != nullptr) {
            probe::violation v;
            v.victim = t.victim;
            v.intruder = t.hostile.tenant;
            v.channel = channel;
            v.detail = fmt::format(
                "An object that {} wrote with {} appears in the victim's own view.",
                t.hostile.sender,
                t.planted_member
            );
            v.token = planted_in->shown(t.canary);
            v.position = "the victim's view";
            v.exchanges = {*planted_in, t.hostile};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!t.control.success() || t.control.shown(t.control_canary).empty()) {
            seen.undecided(channel, "the writer's own object can't be read: " + summary(t.control));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else if (t.victims_views.empty()) {
            seen.undecided(channel, "the victim sees every tenant's objects anyway");
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static void forget_open_views(trial& t)
{
    std::erase_if(t.victims_views, [&](auto const& view) {
        return t.open_views.contains(view.channel);
    });
}

// What the victim can see of an object that is, or was, the intruder's.
static asio::awaitable<std::vector<probe::exchange>>
views(probe::context& ctx, target::resource const& r, tenant_index viewer, target::object const& o)
{
    std::vector<probe::exchange> out;
    auto& who = ctx.actor(viewer);
    auto options = probe::own_place(ctx, viewer, {&r, &*r.create}, 0);
    if (r.list) {
        auto listed = co_await ctx.send(*r.list, who, options);
        out.push_back(std::move(listed));
    }
    options.object = &o;
    if (r.read) {
        auto read = co_await ctx.send(*r.read, who, options);
        out.push_back(std::move(read));
    }
    co_return out;
}

// One value under one name, or under several at once.
struct member {
    std::vector<std::string> names{};
    std::string value{};
    bool as_text = false;

    std::string described() const { return join(names, ", ") + " = " + value; }
};

static std::optional<std::string> with_members(std::string body, member const& extra)
{
    for (auto const& name : extra.names) {
        auto longer = probe::with_member(body, name, extra.value, extra.as_text);
        if (!longer) return std::nullopt;
        body = std::move(*longer);
    }
    return body;
}

// Creations are as the intruder sends them, but for one member more.
static asio::awaitable<void> try_create(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    member extra,
    trial t,
    std::vector<trial>& out
)
{
    auto object = co_await probe::planting::begin(ctx, r, pair.intruder);
    t.canary = object.canary();
    auto options = object.options();
    options.parent = probe::own_place(ctx, pair.intruder, {&r, &*r.create}, 0).parent;
    auto const plain = probe::body_of(ctx, *r.create, pair.intruder, options);
    if (!plain) co_return;
    options.changes.body = with_members(*plain, extra);
    if (!options.changes.body) co_return;
    t.planted_member = extra.described();
    t.hostile = co_await object.send(ctx, pair, probe::approach::own_path, std::move(options));
    auto const place = probe::own_place(ctx, pair.victim, {&r, &*r.create}, 0);
    t.victims_views = co_await object.seen_by(ctx, pair.victim, place);
    forget_open_views(t);
    auto const landed = probe::shown_in(t.victims_views, t.canary) != nullptr;
    co_await object.remove(ctx, landed ? std::optional{pair.victim} : std::nullopt);
    out.push_back(std::move(t));
}

// Updates an object of the intruder's with the member, and looks as the victim.
// @return whether the update can be carried out at all.
static asio::awaitable<bool> update_own(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    member const& extra,
    target::object const& own,
    trial& t
)
{
    auto& intruder = ctx.actor(pair.intruder);
    auto options = probe::about(ctx, own);
    // Some take a change only as a whole: the update's own members, and the one more.
    options.canary = ctx.fresh_canary(pair.intruder);
    options.canary_number = ctx.fresh_number(pair.intruder);
    ctx.plants(options.canary, options.canary_number);
    auto const plain = probe::body_of(ctx, *r.update, pair.intruder, options);
    options.changes.body = with_members(plain.value_or("{}"), extra);
    if (!options.changes.body) co_return false;
    t.canary = {options.canary, options.canary_number};
    t.planted_member = extra.described();
    t.hostile = co_await ctx.send(*r.update, intruder, options);
    t.victims_views = co_await views(ctx, r, pair.victim, own);
    forget_open_views(t);
    auto const* const shown = probe::shown_in(t.victims_views, t.canary);
    // The update may have been refused but for the tenant: then the old canary moved.
    auto const before = probe::marks_of(own);
    if (shown == nullptr && probe::shown_in(t.victims_views, before) != nullptr) {
        t.canary = before;
    }
    co_return true;
}

static asio::awaitable<void> try_update(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    member extra,
    trial t,
    std::vector<trial>& out
)
{
    auto const made = co_await ctx.create_object(r, pair.intruder);
    if (made.has_error()) co_return;
    auto& own = **made;
    auto& intruder = ctx.actor(pair.intruder);
    ctx.plants(own.canary, own.canary_number);
    auto const sent = co_await update_own(ctx, r, pair, extra, own, t);
    if (!sent) co_return;
    auto const landed = probe::shown_in(t.victims_views, t.canary) != nullptr;
    if (r.remove) {
        auto& whose = landed ? ctx.actor(pair.victim) : intruder;
        co_await ctx.send(*r.remove, whose, probe::about(ctx, own));
        own.removed = true;
    }
    out.push_back(std::move(t));
}

// Both; once more with digits as a text where they are refused as a number.
static asio::awaitable<void> try_writes(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    member extra,
    trial const& base,
    std::vector<trial>& out
)
{
    for (auto const as_text : {false, true}) {
        extra.as_text = as_text;
        auto const known = out.size();
        co_await try_create(ctx, r, pair, extra, base, out);
        if (r.update) co_await try_update(ctx, r, pair, extra, base, out);
        auto const is_refused = [](trial const& t) { return t.hostile.refused(); };
        auto const begin = out.begin() + static_cast<std::ptrdiff_t>(known);
        if (!is_number(extra.value) || std::none_of(begin, out.end(), is_refused)) co_return;
    }
}

// An object that lies under another is moved under the victim's, by the member that says under
// which one it lies. To create it there at once is for api.object_create.
static asio::awaitable<void> try_to_move(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    target::object const& own,
    trial const& base,
    std::vector<trial>& out
)
{
    auto const* const mine = probe::parent_of(ctx, own);
    auto const* const theirs = probe::own_place(ctx, pair.victim, {&r, &*r.create}, 0).parent;
    if (!r.update || mine == nullptr || theirs == nullptr) co_return;
    auto const here = probe::id_of(*mine);
    auto const there = probe::id_of(*theirs);
    if (here.empty() || there.empty() || probe::has_same_id(ctx, pair.intruder, *theirs)) co_return;
    auto const names = probe::members_that_hold(base.control.body, here);
    for (auto const& name : names) {
        member const extra{{name}, there};
        co_await try_update(ctx, r, pair, extra, base, out);
    }
}

// What belongs to a user is the user's tenant's: the victim's user is named as the owner, by all
// usual names at once and, where that is too much for the target, by one after another.
static asio::awaitable<void> try_users(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    trial const& base,
    std::vector<trial>& out
)
{
    auto const& victim = ctx.tenant(pair.victim);
    auto const tenants = victim.attributes.find("id").value_or(victim.slug);
    std::string const id{ctx.actor(pair.victim).attributes.find("id").value_or(tenants)};
    member const all{{"user", "user_id", "userId", "owner", "owner_id", "ownerId"}, id};
    co_await try_create(ctx, r, pair, all, base, out);
    auto const is_too_much = !out.empty() && out.back().hostile.refused();
    if (r.update) co_await try_update(ctx, r, pair, all, base, out);
    if (!is_too_much) co_return;
    for (auto const& name : all.names) {
        member const one{{name}, id};
        co_await try_writes(ctx, r, pair, one, base, out);
    }
}

// Where each tenant counts its own numbers, the tenant of the body and the number of the path lead
// to an object of the victim's, if it has that number: a new one may well be the intruder's alone.
static asio::awaitable<void> try_same_number(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    member all,
    trial const& base,
    std::vector<trial>& out
)
{
    if (!r.update || !r.read) co_return;
    auto both = co_await probe::make_twins(ctx, r, pair);
    std::vector<member> ways;
    if (both.own != nullptr) {
        ctx.plants(both.own->canary, both.own->canary_number);
        ways.push_back(all);
    }
    for (std::size_t i = 0; i < ways.size(); ++i) {
        auto t = base;
        auto const sent = co_await update_own(ctx, r, pair, ways[i], *both.own, t);
        if (!sent) break;
        // Whoever refuses what it does not know has to be asked one by one.
        if (i == 0 && t.hostile.refused()) {
            for (auto const& name : all.names) ways.push_back({{name}, all.value});
        }
        out.push_back(std::move(t));
    }
    co_await probe::discard(ctx, r, both);
}

static asio::awaitable<void> attempt(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto const id = [&](tenant_index t) {
        return std::string{ctx.tenant(t).attributes.find("id").value_or(ctx.tenant(t).slug)};
    };
    auto const own = co_await ctx.create_object(r, pair.intruder);
    if (own.has_error()) co_return;
    trial base;
    base.victim = pair.victim;
    base.control_canary = probe::marks_of(**own);
    auto const about = probe::about(ctx, **own);
    base.control = co_await probe::look_up(ctx, r, ctx.actor(pair.intruder), about);
    // A victim that can read anybody's objects is the finding of api.object_read, not of this.
    auto const open = co_await views(ctx, r, pair.victim, **own);
    for (auto const& view : open) {
        if (!view.success() || view.shown(base.control_canary).empty()) continue;
        base.open_views.insert(view.channel);
    }
    auto const* const theirs = probe::pick_object(ctx, pair.victim, r, 0);
    probe::exchange victims;
    if (theirs != nullptr) {
        auto const options = probe::about(ctx, *theirs);
        victims = co_await probe::look_up(ctx, r, ctx.actor(pair.victim), options);
    }
    auto names =
        candidate_members({base.control.body, id(pair.intruder)}, {victims.body, id(pair.victim)});
    for (auto& name : probe::tenant_names(ctx.model())) {
        if (std::ranges::count(names, name) == 0) names.push_back(std::move(name));
    }
    for (auto const& name : names) {
        for (auto const& value : values_for(ctx, name, pair.victim)) {
            member const extra{{name}, value};
            co_await try_writes(ctx, r, pair, extra, base, out);
        }
    }
    member const all{names, id(pair.victim)};
    co_await try_same_number(ctx, r, pair, all, base, out);
    co_await try_users(ctx, r, pair, base, out);
    co_await try_to_move(ctx, r, pair, **own, base, out);
    ctx.covered().examined("endpoint", r.create->channel(), spec.id);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    auto resources = probe::seen_resources_with(ctx.model(), {&resource::create});
    // What a job makes of a tenant that its order names is for api.job_result.
    std::erase_if(resources, [](auto const* r) {
        auto const is_job = r->read && probe::tells_state_alone({r, &*r->read});
        return is_job || !target::takes_fields(r->create->body);
    });
    probe::conclusion out;
    if (resources.empty()) {
        out.not_applicable =
            "no resource is created by a body of fields (JSON, a form) and can be read back";
        co_return out;
    }
    // Both ways between two tenants: who they are matters less than which members are tried, and
    // each takes several requests.
    static constexpr std::size_t pairs_max = 2;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    for (auto const* const r : resources) {
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            co_await attempt(ctx, *r, pairs[i], trials);
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await probe::for_each_apart(ctx, *r, pairs.size(), each);
    }
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::mass_assignment
