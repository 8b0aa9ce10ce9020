#include "probes/api/alternate_route/probe.hpp"

namespace watertight::probes::api::alternate_route {

constexpr probe::spec spec{
    .id = "api.alternate_route",
    .title = "Another route to the same data forgets the tenant",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-288",
    .owasp = "API9:2023",
    .asvs = "8.2.2, 8.3.1",
    .faults = "A12 A13",
    .rationale = "An older version, a route for internal use, another verb or another spelling of "
                 "the path ends in the same handler without passing the check that stands before "
                 "the one that is documented.",
    .remedy = "Check below the routes, where the data is read; retire old versions; let unknown "
              "spellings and verbs end in 404 and 405.",
};

// The intruder's request by the route: its target from the victim's path or the intruder's own.
static asio::awaitable<std::optional<probe::exchange>> reach_by(
    probe::context& ctx,
    route const& by,
    probe::target_operation what,
    probe::tenant_pair pair,
    probe::approach way,
    probe::request_options options
)
{
    auto const path_of = way == probe::approach::victims_path ? pair.victim : pair.intruder;
    auto const target = probe::target_of(ctx, *what.op, path_of, options);
    if (!target) co_return std::nullopt;
    auto changes = changes_for(by, *what.op, *target);
    if (!changes) co_return std::nullopt;
    options.changes = std::move(*changes);
    auto e = co_await probe::reach(ctx, what, pair, way, std::move(options));
    e.channel = channel_of(by, *what.op);
    co_return e;
}

static asio::awaitable<std::optional<probe::exchange>> ask_by(
    probe::context& ctx,
    route const& by,
    target::operation const& op,
    tenant_index who,
    probe::request_options options
)
{
    auto const target = probe::target_of(ctx, op, who, options);
    if (!target) co_return std::nullopt;
    auto changes = changes_for(by, op, *target);
    if (!changes) co_return std::nullopt;
    options.changes = std::move(*changes);
    auto e = co_await ctx.send(op, ctx.actor(who), std::move(options));
    e.channel = channel_of(by, op);
    co_return e;
}

// Routes by which the owner is shown its own object; whether the intruder is by the described one
// is another probe's finding, and everything derived from it would say the same again.
static asio::awaitable<std::vector<route const*>> served_routes(
    probe::context& ctx, probe::target_operation read, probe::tenant_pair pair, evidence_found& out
)
{
    std::vector<route const*> served;
    auto const* const object = probe::pick_foreign(ctx, pair, *read.of, 0);
    if (object == nullptr) co_return served;
    auto const about = probe::about(ctx, *object);
    auto plain = co_await ctx.send(*read.op, ctx.actor(pair.victim), about);
    auto const works = shows_own(plain);
    out.surveys.push_back({std::move(plain), works});
    if (!works) co_return served;
    for (auto const way : probe::approaches(*read.op)) {
        auto const open = co_await probe::reach(ctx, read, pair, way, about);
        if (open.foreign_token() != nullptr) co_return served;
    }
    for (auto const& by : routes()) {
        auto const e = co_await ask_by(ctx, by, *read.op, pair.victim, about);
        if (e && shows_own(*e)) served.push_back(&by);
    }
    co_return served;
}

static asio::awaitable<void> try_read(
    probe::context& ctx,
    route const& by,
    probe::target_operation read,
    probe::tenant_pair pair,
    evidence_found& out
)
{
    auto const* const object = probe::pick_foreign(ctx, pair, *read.of, 0);
    if (object == nullptr) co_return;
    auto const about = probe::about(ctx, *object);
    auto control = co_await ask_by(ctx, by, *read.op, pair.victim, about);
    if (!control || !shows_own(*control)) co_return;
    for (auto const way : probe::approaches(*read.op)) {
        auto hostile = co_await reach_by(ctx, by, read, pair, way, about);
        if (!hostile || hostile->wire.empty()) continue;
        out.reads.push_back({by.how, probe::describe(way), *control, std::move(*hostile)});
    }
}

static asio::awaitable<void> try_head(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::approach from,
    evidence_found& out
)
{
    auto const* const object = probe::pick_foreign(ctx, pair, *read.of, 0);
    if (object == nullptr || !read.op->mentions("id")) co_return;
    if (probe::has_same_id(ctx, pair.intruder, *object)) co_return;
    auto options = probe::about(ctx, *object);
    options.changes.method = "HEAD";
    head_trial t;
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), options);
    // Where the target serves no HEAD there is nothing to learn from it.
    if (!t.control.success()) co_return;
    target::values twin;
    twin.set("id", probe::absent_twin(probe::id_of(*object), ctx.random()));
    auto nobodys = options;
    nobodys.extra = &twin;
    t.absent = co_await probe::reach(ctx, read, pair, from, nobodys);
    t.hostile = co_await probe::reach(ctx, read, pair, from, options);
    t.absent_again = co_await probe::reach(ctx, read, pair, from, nobodys);
    auto const about = probe::about(ctx, *object);
    auto const plain = co_await probe::reach(ctx, read, pair, from, about);
    t.is_open = !plain.shown(probe::marks_of(*object)).empty();
    out.heads.push_back(std::move(t));
}

static asio::awaitable<void> try_object_read(
    probe::context& ctx,
    probe::target_operation read,
    std::vector<probe::tenant_pair> const& pairs,
    evidence_found& out
)
{
    auto const served = co_await served_routes(ctx, read, pairs.front(), out);
    for (auto const* const by : served) {
        for (auto const pair : pairs) co_await try_read(ctx, *by, read, pair, out);
    }
    for (auto const pair : pairs) {
        for (auto const from : probe::approaches(*read.op)) {
            co_await try_head(ctx, read, pair, from, out);
        }
    }
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
}

// A list by another route has no victim to aim at: whoever asks must see its own alone.
static asio::awaitable<void>
try_list(probe::context& ctx, probe::target_operation list, tenant_index asker, evidence_found& out)
{
    auto const place = probe::own_place(ctx, asker, list, 0);
    if (probe::names_parent(*list.op) && place.parent == nullptr) co_return;
    auto const plain = co_await ctx.send(*list.op, ctx.actor(asker), place);
    if (!shows_own(plain) || plain.foreign_token() != nullptr) co_return;
    for (auto const& by : routes()) {
        // Where the list stands, a POST that is taken at its word makes an object.
        if (by.method == "POST") continue;
        auto e = co_await ask_by(ctx, by, *list.op, asker, place);
        if (!e || !shows_own(*e)) continue;
        out.reads.push_back({by.how, "for its own list", plain, std::move(*e)});
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto reads = probe::content_reads(ctx.model());
    std::erase_if(reads, [](auto const& read) {
        return read.op->method != "GET" || probe::object_slots(*read.op).empty();
    });
    probe::conclusion out;
    static constexpr std::size_t pairs_max = 3;
    auto const pairs = ctx.few_pairs(pairs_max);
    if (reads.empty() || pairs.empty()) {
        out.not_applicable =
            "the scenario describes no GET of a single object to derive routes from";
        co_return out;
    }
    evidence_found found;
    auto const lists = probe::collection_reads(ctx.model());
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        if (i < reads.size()) {
            co_await try_object_read(ctx, reads[i], pairs, found);
        } else if (lists[i - reads.size()].op->method == "GET") {
            co_await try_list(ctx, lists[i - reads.size()], pairs.front().intruder, found);
        }
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(reads.size() + lists.size(), each);
    co_await try_writes(ctx, found);
    out = judge(found);
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::alternate_route
