#include "probes/api/object_update/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::api::object_update {

constexpr probe::spec spec{
    .id = "api.object_update",
    .title = "Another tenant's object can be changed by its id",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A02 A13",
    .rationale = "Reads are often filtered while the statement that writes still finds its row by "
                 "id alone; the status code says nothing, only the owner's read-back does.",
    .remedy = "Filter the UPDATE itself by the tenant of the credentials and treat zero affected "
              "rows as not found.",
};

static bool readable(probe::exchange const& e)
{
    return e.success() && e.shows_canary_of(e.tenant);
}

// Only parts that stay the same when nothing happens can show that something did.
static std::vector<std::string> foreign_changes(trial const& t)
{
    if (!t.after.success()) return {};
    auto const ignored = probe::volatile_parts({t.before.body, t.before_again.body});
    return probe::changed_parts(t.before.body, t.after.body, ignored);
}

// The write took the object away from its owner, as one does that stores the writer's tenant with
// what it found by id alone.
static bool is_lost(trial const& t)
{
    auto const is_refused = [](probe::exchange const& e) {
        return e.answered && (e.status == 403 || e.status == 404 || e.status == 410);
    };
    return readable(t.before_again) && is_refused(t.after) && is_refused(t.after_again);
}

// The owner's view in which the intruder's canary stands; null if it stands in none.
static probe::exchange const* planted_view(trial const& t)
{
    for (auto const* const view : {&t.after, &t.listed})
        if (!view->shown(t.planted).empty()) return view;
    return nullptr;
}

// An answer of success is not yet an effect: some targets answer everything with 200.
static bool has_effect(trial const& t)
{
    if (!t.at_last.shown(t.own_planted).empty()) return true;
    return !probe::changed_parts(
                t.after.body,
                t.at_last.body,
                probe::volatile_parts({t.before.body, t.before_again.body})
    )
                .empty();
}

static probe::violation violation_of(trial const& t, std::string detail)
{
    probe::violation v;
    v.victim = t.before.tenant;
    v.intruder = t.hostile.tenant;
    v.channel = t.hostile.channel;
    v.detail = std::move(detail);
    v.token = t.planted.text;
    v.position = "the owner's read-back";
    v.exchanges = {t.before, t.after, t.hostile};
    if (auto const* const view = planted_view(t)) {
        v.token = view->shown(t.planted);
        v.exchanges[1] = *view;
    }
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (!readable(t.before)) {
            seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.before));
        } else if (planted_view(t) != nullptr) {
            out.violations.push_back(violation_of(
                t,
                fmt::format(
                    "After the intruder's request {} the owner reads the intruder's canary in it.",
                    t.way
                )
            ));
            seen.decided(channel);
        } else if (auto const changes = foreign_changes(t); !changes.empty()) {
            out.violations.push_back(violation_of(
                t,
                fmt::format(
                    "After the intruder's request {} these parts differ in the owner's read-back: "
                    "{}.",
                    t.way,
                    fmt::join(changes, ", ")
                )
            ));
            seen.decided(channel);
        } else if (is_lost(t)) {
            out.violations.push_back(violation_of(
                t,
                fmt::format(
                    "After the intruder's request {} the owner is refused its own object: {}.",
                    t.way,
                    summary(t.after)
                )
            ));
            seen.decided(channel);
        } else if (t.is_derived && (!t.own_update.success() || !has_effect(t))) {
            // A verb that isn't described and doesn't work for the owner is none of the target's.
            continue;
        } else if (t.hostile.undecided() || !t.after.success()) {
            auto const& broken = t.hostile.undecided() ? t.hostile : t.after;
            seen.undecided(channel, "a request failed: " + probe::summary(broken));
        } else if (!t.own_update.success()) {
            seen.undecided(
                channel, "the same request fails for the owner too: " + summary(t.own_update)
            );
        } else if (!has_effect(t)) {
            seen.undecided(channel, "the same request changes nothing for the owner either");
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

// How the intruder asks: by which verb, from where.
struct attack {
    std::string method{};
    probe::approach way{};
    /// What is sent as a whole names an object of the intruder's own as the parent.
    bool under_own_parent = false;
};

static bool is_sent_whole(target::resource const& r, std::string_view method)
{
    auto const is_derived = method == "PUT" && r.update->method != "PUT";
    return is_derived && r.create->body == r.update->body && target::takes_fields(r.create->body);
}

// PUT takes the whole of an object where PATCH takes a part: what its creation takes, by
// convention.
static void complete(
    probe::context& ctx,
    target::resource const& r,
    tenant_index t,
    probe::request_options& options,
    bool under_own_parent
)
{
    if (!is_sent_whole(r, *options.changes.method)) return;
    auto filled = options;
    if (under_own_parent) filled.parent = probe::own_place(ctx, t, {&r, &*r.create}, 0).parent;
    options.changes.body = probe::body_of(ctx, *r.create, t, filled);
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    attack how,
    std::vector<trial>& out
)
{
    auto const made = co_await probe::create_foreign(ctx, r, pair);
    if (made.has_error()) co_return;
    auto const is_shared = probe::has_same_id(ctx, pair.intruder, **made);
    if (is_shared && how.way != probe::approach::victims_path) co_return;
    auto& owner = ctx.actor(pair.victim);
    auto const about = probe::about(ctx, **made);
    trial t;
    t.way = probe::describe(how.way);
    t.before = co_await probe::look_up(ctx, r, owner, about);
    t.before_again = co_await probe::look_up(ctx, r, owner, about);
    auto hostile = about;
    t.planted = {ctx.fresh_canary(pair.intruder), ctx.fresh_number(pair.intruder)};
    ctx.plants(t.planted.text, t.planted.number);
    hostile.canary = t.planted.text;
    hostile.canary_number = t.planted.number;
    hostile.changes.method = how.method;
    auto const whose = how.under_own_parent ? pair.intruder : pair.victim;
    complete(ctx, r, whose, hostile, how.under_own_parent);
    t.hostile = co_await probe::reach(ctx, {&r, &*r.update}, pair, how.way, hostile);
    t.after = co_await probe::look_up(ctx, r, owner, about);
    if (!t.after.success()) {
        // The owner's own write might take the object back.
        auto const is_back = [](probe::exchange const& now) { return now.success(); };
        t.after_again = co_await probe::look_up_until(ctx, r, owner, about, is_back);
    }
    if (r.list) t.listed = co_await ctx.send(*r.list, owner, about);
    auto own = about;
    t.own_planted = {ctx.fresh_canary(pair.victim), ctx.fresh_number(pair.victim)};
    own.canary = t.own_planted.text;
    own.canary_number = t.own_planted.number;
    own.changes.method = how.method;
    complete(ctx, r, pair.victim, own, false);
    t.own_update = co_await ctx.send(*r.update, owner, own);
    auto const is_done = [&t](probe::exchange const& now) {
        return !now.shown(t.own_planted).empty();
    };
    t.at_last = co_await probe::look_up_until(ctx, r, owner, about, is_done);
    ctx.covered().examined("endpoint", r.update->channel(), spec.id);
    t.is_derived = how.method != r.update->method;
    out.push_back(std::move(t));
}

// Whether the whole of an object names its parent.
static bool takes_parent(target::resource const& r, std::string_view verb)
{
    return is_sent_whole(r, verb) && !r.parent.empty() && r.create->body_text.mentions("parent.");
}

static std::vector<std::string> verbs(target::operation const& update)
{
    if (update.method == "PATCH") return {"PATCH", "PUT"};
    if (update.method == "PUT") return {"PUT", "PATCH"};
    return {update.method};
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources =
        probe::seen_resources_with(ctx.model(), {&resource::create, &resource::update});
    if (resources.empty()) {
        out.not_applicable = "no resource has create, update, and read or list";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 64;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    for (auto const* const r : resources) {
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            for (auto const& verb : verbs(*r->update)) {
                for (auto const way : probe::approaches(*r->update)) {
                    attack how{verb, way};
                    co_await attempt(ctx, *r, pairs[i], std::move(how), trials);
                    if (!takes_parent(*r, verb)) continue;
                    attack from_own{verb, way, true};
                    co_await attempt(ctx, *r, pairs[i], std::move(from_own), trials);
                }
            }
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

} // namespace watertight::probes::api::object_update
