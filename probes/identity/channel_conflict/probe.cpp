#include "probes/identity/channel_conflict/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/identity/channel_conflict/guesses.hpp"

#include <algorithm>

namespace watertight::probes::identity::channel_conflict {

constexpr probe::spec spec{
    .id = "identity.channel_conflict",
    .title = "A request's tenant name is believed over its credentials",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-290",
    .owasp = "API2:2023",
    .asvs = "8.3.3, 8.4.1",
    .faults = "J01 J02 A36",
    .rationale = "Headers, host names and parameters that name a tenant are set by whoever sends "
                 "the request. Where one of them wins over the credentials, every account is an "
                 "account of every tenant.",
    .remedy = "Take the tenant from the verified credentials; where another channel names one too, "
              "refuse the request unless both agree.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const* const planted_in =
            t.planted.empty() ? nullptr : probe::shown_in(t.victims_views, t.planted);
        if (auto const* const token = t.hostile.token_of(t.victim)) {
            out.violations.push_back(probe::shown_by(
                *token,
                t.channel,
                t.hostile.sender + " named the victim in this channel and was shown its data.",
                {t.control, t.hostile}
            ));
            seen.decided(t.channel);
        } else if (planted_in != nullptr) {
            probe::violation v;
            v.victim = t.victim;
            v.intruder = t.hostile.tenant;
            v.channel = t.channel;
            v.detail =
                t.hostile.sender + " named the victim in this channel and wrote into its data.";
            v.token = planted_in->shown(t.planted);
            v.position = "the victim's view";
            v.kind = evidence::guarantee::integrity;
            v.exchanges = {*planted_in, t.hostile};
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else if (t.is_guess && (t.hostile.undecided() || !t.control.success())) {
            // What the target need not know need not be decided.
            continue;
        } else if (!t.control.success() || t.control.token_of(t.victim) == nullptr) {
            seen.undecided(t.channel, "the owner's own read shows nothing: " + summary(t.control));
        } else if (t.hostile.undecided()) {
            seen.undecided(t.channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

// How a hostile request names the victim, apart from its path.
struct disguise {
    std::string name{};
    target::overrides changes{};
    /// The path names the victim, too; else it is the intruder's own.
    bool is_victims_path = true;
    /// It is to be taken apart: what it shows is told of the part that does.
    bool is_bundle = false;
};

// The channels that the scenario describes: each alone, each against the others, and all together.
static std::vector<disguise> described(probe::context& ctx, probe::tenant_pair pair)
{
    using kind = target::identity_channel::kind;
    std::vector<disguise> out;
    disguise all{"identity every channel vs token"};
    all.changes.identity.emplace();
    auto const& channels = ctx.model().identity;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        auto const& c = channels[i];
        if (c.type == kind::jwt || c.type == kind::path) continue;
        auto const value = probe::render_for(ctx, c.value, pair.victim);
        disguise alone{"identity " + c.describe() + " vs token"};
        alone.changes.identity = {{{i, value}}};
        out.push_back(std::move(alone));
        all.changes.identity->emplace_back(i, value);
        auto mixed = probe::identity_of(ctx, pair.intruder);
        std::erase_if(mixed, [&](auto const& own) { return own.first == i; });
        if (mixed.empty()) continue;
        mixed.emplace_back(i, value);
        disguise against{"identity " + c.describe() + " vs other channels"};
        against.changes.identity = std::move(mixed);
        out.push_back(std::move(against));
    }
    if (all.changes.identity->size() > 1) out.push_back(std::move(all));
    return out;
}

static bool is_described(target::model const& m, std::string_view header)
{
    return std::ranges::any_of(m.identity, [&](target::identity_channel const& c) {
        return c.type == target::identity_channel::kind::header && iequals(c.name, header);
    });
}

static asio::awaitable<trial>
try_read(probe::context& ctx, probe::target_operation read, probe::tenant_pair pair, disguise d)
{
    auto const theirs = probe::own_place(ctx, pair.victim, read, 0);
    trial t;
    t.channel = d.name;
    t.victim = pair.victim;
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
    auto options = d.is_victims_path ? theirs : probe::own_place(ctx, pair.intruder, read, 0);
    options.changes = d.changes;
    options.judged_alone = d.is_bundle;
    // Slots of the path, too, name the victim then: the credentials alone are the intruder's.
    if (d.is_victims_path) options.slots_of = &ctx.tenant(pair.victim);
    t.hostile = co_await ctx.send(*read.op, ctx.actor(pair.intruder), std::move(options));
    co_return t;
}

static asio::awaitable<trial>
try_write(probe::context& ctx, target::resource const& r, probe::tenant_pair pair, disguise d)
{
    probe::target_operation const create{&r, &*r.create};
    auto const theirs = probe::own_place(ctx, pair.victim, create, 0);
    trial t;
    t.channel = d.name;
    t.victim = pair.victim;
    t.control = co_await ctx.send(*r.list, ctx.actor(pair.victim), theirs);
    auto object = co_await probe::planting::begin(ctx, r, pair.intruder);
    t.planted = object.canary();
    auto options = object.options();
    options.changes = d.changes;
    options.judged_alone = d.is_bundle;
    auto const own = probe::own_place(ctx, pair.intruder, create, 0);
    options.parent = d.is_victims_path ? theirs.parent : own.parent;
    auto const way = d.is_victims_path ? probe::approach::victims_path : probe::approach::own_path;
    t.hostile = co_await object.send(ctx, pair, way, std::move(options));
    t.victims_views = co_await object.seen_by(ctx, pair.victim, theirs);
    auto const landed = probe::shown_in(t.victims_views, t.planted) != nullptr;
    co_await object.remove(ctx, landed ? std::optional{pair.victim} : std::nullopt);
    co_return t;
}

// What disguises are worth trying on: a list, and the creation of what it lists.
struct aim {
    bool reads = false;
    bool writes = false;
    /// The intruder's own request works: a refusal of another means something.
    bool works = false;
};

static asio::awaitable<aim>
aim_at(probe::context& ctx, probe::target_operation read, probe::tenant_pair pair)
{
    auto const own = probe::own_place(ctx, pair.intruder, read, 0);
    auto const plain = co_await ctx.send(*read.op, ctx.actor(pair.intruder), own);
    // Who is shown others' data anyway needs no disguise: the finding of api.list.
    if (plain.foreign_token() != nullptr) co_return aim{};
    aim out{.reads = true, .works = plain.success()};
    out.writes = read.of->create && read.op == &*read.of->list;
    if (out.writes) {
        auto const theirs = probe::own_place(ctx, pair.victim, read, 0);
        out.writes = !co_await probe::sees_strangers_objects(ctx, *read.of, pair, theirs);
    }
    co_return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const at = co_await aim_at(ctx, read, pair);
    if (!at.reads) co_return;
    for (auto const& d : described(ctx, pair)) {
        ctx.covered().examined("channel", d.name, spec.id);
        auto reading = co_await try_read(ctx, read, pair, d);
        out.push_back(std::move(reading));
        if (!at.writes) continue;
        auto writing = co_await try_write(ctx, *read.of, pair, d);
        out.push_back(std::move(writing));
    }
}

// Headers that the scenario does not speak of, beside the intruder's own path.
static asio::awaitable<void> attempt_guesses(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto at = co_await aim_at(ctx, read, pair);
    if (!at.reads || !at.works) co_return;
    auto const by_reading = [&](header_span headers) -> asio::awaitable<trial> {
        disguise d{.is_victims_path = false, .is_bundle = headers.size() > 1};
        d.changes.headers.assign(headers.begin(), headers.end());
        co_return co_await try_read(ctx, read, pair, std::move(d));
    };
    auto const by_writing = [&](header_span headers) -> asio::awaitable<trial> {
        disguise d{.is_victims_path = false, .is_bundle = headers.size() > 1};
        d.changes.headers.assign(headers.begin(), headers.end());
        co_return co_await try_write(ctx, *read.of, pair, std::move(d));
    };
    if (at.writes) {
        auto const plain = co_await by_writing({});
        // Who is shown the victim's data for a plain creation needs no header for it.
        at.writes = plain.hostile.success() && plain.hostile.token_of(pair.victim) == nullptr;
    }
    auto const& victim = ctx.tenant(pair.victim);
    auto const id = std::string{victim.attributes.find("id").value_or("")};
    auto groups = usual_headers(probe::tenant_words(ctx.model()), id, victim.slug);
    guess const reads = by_reading;
    guess const writes = by_writing;
    for (auto& headers : groups) {
        std::erase_if(headers, [&](auto const& h) { return is_described(ctx.model(), h.first); });
        co_await narrow_down(reads, headers, out);
        if (at.writes) co_await narrow_down(writes, headers, out);
    }
}

// What opens for whoever has its address, without credentials: a share, an invitation.
static std::vector<target::resource const*> open_kinds(target::model const& m)
{
    using target::resource;
    // Reads by nobody are no tenant's own: they are none of `resources_with`.
    auto out = probe::resources_with(m, {&resource::create});
    std::erase_if(out, [](auto const* r) { return !r->read || r->read->as != "anonymous"; });
    return out;
}

// The address of something of the intruder's, where the request names the victim: what is looked
// up by a number that the address stands for is the victim's then.
static asio::awaitable<void> attempt_open(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto const mine = co_await ctx.create_object(r, pair.intruder);
    auto const theirs = co_await ctx.create_object(r, pair.victim);
    if (mine.has_error() || theirs.has_error()) co_return;
    for (auto const& d : described(ctx, pair)) {
        trial t;
        t.channel = d.name + ", by an address that is open";
        t.victim = pair.victim;
        auto const about_theirs = probe::about(ctx, **theirs);
        t.control = co_await ctx.send(*r.read, ctx.actor(pair.victim), about_theirs);
        // Without a canary of the victim's there is nothing to see.
        if (t.control.token_of(pair.victim) == nullptr) continue;
        auto options = probe::about(ctx, **mine);
        options.changes = d.changes;
        t.hostile = co_await ctx.send(*r.read, ctx.actor(pair.intruder), std::move(options));
        out.push_back(std::move(t));
    }
    ctx.covered().examined("endpoint", r.read->channel(), spec.id);
    co_await probe::discard(ctx, r, **mine);
    co_await probe::discard(ctx, r, **theirs);
}

static std::vector<probe::target_operation> lists_of(target::model const& m)
{
    auto out = probe::collection_reads(m);
    // Without canaries in it an answer shows nobody's data.
    std::erase_if(out, [](auto const& read) { return read.of == nullptr || !read.of->list; });
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const lists = lists_of(ctx.model());
    if (lists.empty()) {
        out.not_applicable = "the scenario describes no list to look at";
        co_return out;
    }
    // Every list against each tenant in turn, at least twice.
    static constexpr std::size_t pairs_max = 64;
    auto const least = std::max<std::size_t>({6, 2 * lists.size(), ctx.tenants().size()});
    auto const pairs = ctx.few_pairs(std::min(pairs_max, least));
    static constexpr std::size_t guesses_max = 3;
    std::vector<trial> trials;
    auto const describe = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, lists[i % lists.size()], pairs[i], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> each = describe;
    co_await ctx.for_each(pairs.size(), each);
    auto const guesses = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt_guesses(ctx, lists[i % lists.size()], pairs[i / lists.size()], trials);
    };
    each = guesses;
    co_await ctx.for_each(std::min(guesses_max, pairs.size()) * lists.size(), each);
    for (auto const* const r : open_kinds(ctx.model())) {
        co_await attempt_open(ctx, *r, pairs.front(), trials);
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::channel_conflict
