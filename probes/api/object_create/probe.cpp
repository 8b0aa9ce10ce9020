#include "probes/api/object_create/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::api::object_create {

constexpr probe::spec spec{
    .id = "api.object_create",
    .title = "An object can be created in another tenant",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A04 A17 J02",
    .rationale = "Where a path names the tenant, or the object that a new one is to live under, "
                 "creation is often the one verb that nobody checks: there is no object yet whose "
                 "owner could be asked for.",
    .remedy = "Compare the tenant of the path with that of the credentials before anything else, "
              "and look the parent up within that tenant.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (t.is_open) {
            seen.undecided(channel, "the victim sees even what strangers create at home");
        } else if (auto const* const view = probe::shown_in(t.victims_views, t.canary)) {
            probe::violation v;
            v.victim = t.victim;
            v.intruder = t.hostile.tenant;
            v.channel = channel;
            v.detail = fmt::format(
                "An object that {} created {} appears in the victim's own view.",
                t.hostile.sender,
                t.way
            );
            v.token = view->shown(t.canary);
            v.position = "the victim's view";
            v.exchanges = {*view, t.hostile};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (probe::shown_in(t.own_views, t.own_canary) == nullptr) {
            seen.undecided(channel, "the victim's views don't show what it creates itself");
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

// Under the victim's tenant, and under the victim's parent from its own.
static std::vector<probe::approach> ways_of(target::operation const& create)
{
    std::vector<probe::approach> out;
    if (probe::names_tenant(create)) out.push_back(probe::approach::victims_path);
    if (probe::names_parent(create)) out.push_back(probe::approach::own_path);
    return out;
}

// A parent of the victim's whose id is none of the intruder's own.
static target::object const*
foreign_parent(probe::context& ctx, target::resource const& r, probe::tenant_pair pair)
{
    auto const* const parents = ctx.model().find_resource(r.parent);
    return parents == nullptr ? nullptr : probe::pick_foreign(ctx, pair, *parents, 0);
}

// A target that fails for the victim's parent may fail for whatever is not there: it is asked for
// both in turn.
static asio::awaitable<void> compare_with_absent_parent(
    probe::context& ctx,
    probe::planting& object,
    probe::tenant_pair pair,
    probe::request_options const& options,
    probe::exchange& failed
)
{
    target::values nobodys;
    auto const id = probe::id_of(*options.parent);
    nobodys.set("parent.id", probe::absent_twin(id, ctx.random()));
    auto below_nobody = options;
    below_nobody.extra = &nobodys;
    auto const way = probe::approach::own_path;
    auto const absent = co_await object.send(ctx, pair, way, std::move(below_nobody));
    auto const again = co_await object.send(ctx, pair, way, options);
    auto const is_same = [&](probe::exchange const& e) {
        return e.answered && e.status == failed.status;
    };
    failed.fails_as_for_absent = is_same(absent) && is_same(again);
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    probe::approach way,
    std::vector<trial>& out
)
{
    probe::request_options place;
    if (!r.parent.empty()) {
        place.parent = foreign_parent(ctx, r, pair);
        if (place.parent == nullptr) co_return;
        auto const is_shared = probe::has_same_id(ctx, pair.intruder, *place.parent);
        if (is_shared && way == probe::approach::own_path) co_return;
    }
    trial t;
    t.is_open = co_await probe::sees_strangers_objects(ctx, r, pair, place);
    t.victim = pair.victim;
    t.way =
        way == probe::approach::victims_path ? "by the victim's path" : "under the victim's object";
    auto object = co_await probe::planting::begin(ctx, r, pair.intruder);
    t.canary = object.canary();
    auto options = object.options();
    options.parent = place.parent;
    t.hostile = co_await object.send(ctx, pair, way, options);
    auto const is_below = options.parent != nullptr && way == probe::approach::own_path;
    if (is_below && t.hostile.answered && t.hostile.status >= 500) {
        co_await compare_with_absent_parent(ctx, object, pair, options, t.hostile);
    }
    t.victims_views = co_await object.seen_by(ctx, pair.victim, place);
    auto const landed = probe::shown_in(t.victims_views, t.canary) != nullptr;
    co_await object.remove(ctx, landed ? std::optional{pair.victim} : std::nullopt);

    auto own = co_await probe::planting::begin(ctx, r, pair.victim);
    t.own_canary = own.canary();
    auto owns = own.options();
    owns.parent = place.parent;
    probe::tenant_pair const itself{pair.victim, pair.victim};
    co_await own.send(ctx, itself, probe::approach::own_path, std::move(owns));
    t.own_views = co_await own.seen_by(ctx, pair.victim, place);
    co_await own.remove(ctx, std::nullopt);
    ctx.covered().examined("endpoint", r.create->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto resources = probe::resources_with(ctx.model(), {&resource::create});
    std::erase_if(resources, [](auto const* r) {
        return ways_of(*r->create).empty() || (!r->list && !r->read);
    });
    if (resources.empty()) {
        out.not_applicable = "no creation names its tenant or a parent in path or body";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 16;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    for (auto const* const r : resources) {
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            for (auto const way : ways_of(*r->create)) {
                co_await attempt(ctx, *r, pairs[i], way, trials);
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

} // namespace watertight::probes::api::object_create
