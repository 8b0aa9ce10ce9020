#include "probes/api/mass_assignment/probe.hpp"

#include "harness/probe/tally.hpp"

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
        probe::exchange const* planted_in = nullptr;
        for (auto const& view : t.victims_views) {
            if (view.success() && view.shows(t.canary)) planted_in = &view;
        }
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
            v.token = t.canary;
            v.position = "the victim's view";
            v.exchanges = {*planted_in, t.hostile};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!t.control.success() || !t.control.shows(t.control_canary)) {
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

// What the victim can see of an object that may have become its own.
static asio::awaitable<void> look_as_victim(
    probe::context& ctx, target::resource const& r, target::object const* object, trial& t
)
{
    auto& victim = ctx.actor(t.victim);
    if (r.list && !t.lists_anything) t.victims_views.push_back(co_await ctx.send(*r.list, victim));
    if (t.reads_anything || object == nullptr || probe::id_of(*object).empty()) co_return;
    probe::request_options options;
    options.object = object;
    t.victims_views.push_back(co_await ctx.send(*r.read, victim, std::move(options)));
}

// The id of what the hostile creation made, so that the victim can ask for it.
static target::object created_by(probe::exchange const& e, target::operation const& create)
{
    target::object made;
    net::http_response const answer{.status = e.status, .head = e.head, .body = e.body, .took = {}};
    if (auto const captured = target::run_captures(create, answer); captured.has_value()) {
        made.attributes = *captured;
    }
    return made;
}

static asio::awaitable<void> try_create(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    std::pair<std::string, std::string> member,
    trial t,
    std::vector<trial>& out
)
{
    auto& intruder = ctx.actor(pair.intruder);
    t.canary = ctx.fresh_canary(pair.intruder);
    probe::request_options options;
    options.canary = t.canary;
    options.canary_number = ctx.fresh_number(pair.intruder);
    target::scope const slots{
        .in_tenant = &ctx.tenant(pair.intruder),
        .as_actor = &intruder,
        .canary = options.canary,
        .canary_number = options.canary_number,
        .run_id = ctx.population().run_id,
    };
    auto const plain = target::render(ctx.model(), *r.create, slots);
    if (plain.has_error()) co_return;
    auto const body_at = plain->http.wire.find("\r\n\r\n") + 4;
    options.changes.body =
        with_member(plain->http.wire.substr(body_at), member.first, member.second);
    if (!options.changes.body) co_return;
    t.planted_member = member.first + " = " + member.second;
    t.hostile = co_await ctx.send(*r.create, intruder, std::move(options));
    auto const made = created_by(t.hostile, *r.create);
    co_await look_as_victim(ctx, r, &made, t);
    out.push_back(std::move(t));
}

static asio::awaitable<void> try_update(
    probe::context& ctx,
    target::resource const& r,
    target::object const& own,
    std::pair<std::string, std::string> member,
    trial t,
    std::vector<trial>& out
)
{
    auto& intruder = ctx.actor(own.tenant);
    auto options = probe::about(ctx, own);
    t.canary = ctx.fresh_canary(own.tenant);
    options.canary = t.canary;
    auto const body = nlohmann::json{{member.first, member.second}}.dump();
    options.changes.body = with_member(body, member.first, member.second);
    // The object's own canary moves with it, should the tenant be believed.
    t.canary = own.canary;
    t.planted_member = member.first + " = " + member.second;
    t.hostile = co_await ctx.send(*r.update, intruder, std::move(options));
    co_await look_as_victim(ctx, r, &own, t);
    out.push_back(std::move(t));
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
    base.control_canary = (*own)->canary;
    auto const about = probe::about(ctx, **own);
    base.control = co_await ctx.send(*r.read, ctx.actor(pair.intruder), about);
    // A victim that can read anybody's objects is the finding of api.object_read, not of this.
    auto& victim = ctx.actor(pair.victim);
    auto const foreign = co_await ctx.send(*r.read, victim, about);
    base.reads_anything = foreign.success() && foreign.shows(base.control_canary);
    if (r.list) {
        auto const listed = co_await ctx.send(*r.list, victim);
        base.lists_anything = listed.success() && listed.shows(base.control_canary);
    }
    auto const victim_id = id(pair.victim);
    for (auto const& name : candidate_members(base.control.body, id(pair.intruder))) {
        std::pair<std::string, std::string> const member{name, victim_id};
        co_await try_create(ctx, r, pair, member, base, out);
        if (r.update) co_await try_update(ctx, r, **own, member, base, out);
    }
    ctx.covered().examined("endpoint", r.create->channel(), spec.id);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    auto resources = probe::resources_with(ctx.model(), {&resource::create, &resource::read});
    std::erase_if(resources, [](auto const* r) {
        return r->create->body != target::body_kind::json;
    });
    probe::conclusion out;
    if (resources.empty()) {
        out.not_applicable = "no resource is created by a JSON body and can be read back";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 4;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const& r = *resources[i % resources.size()];
        co_await attempt(ctx, r, pairs[i / resources.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * resources.size(), each);
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::mass_assignment
