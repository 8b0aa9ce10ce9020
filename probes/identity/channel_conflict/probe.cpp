#include "probes/identity/channel_conflict/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

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
    bool is_guess = false;
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

// Headers that frameworks and gateways are known to take a tenant from.
static constexpr std::string_view usual_headers[] = {
    "X-Tenant-ID",
    "X-Tenant",
    "X-Workspace-ID",
    "X-Workspace",
    "X-Org-ID",
    "X-Organization-ID",
    "X-Account-ID",
    "X-Customer-ID",
    "X-Company-ID",
};

static bool is_described(target::model const& m, std::string_view header)
{
    return std::ranges::any_of(m.identity, [&](target::identity_channel const& c) {
        return c.type == target::identity_channel::kind::header && iequals(c.name, header);
    });
}

// Headers that the scenario does not speak of, beside the intruder's own path: what a target knows
// nothing of, it ignores.
static std::vector<disguise> guessed(probe::context& ctx, probe::tenant_pair pair)
{
    std::vector<disguise> out;
    auto const& victim = ctx.tenant(pair.victim);
    auto const id = std::string{victim.attributes.find("id").value_or("")};
    for (auto const header : usual_headers) {
        if (is_described(ctx.model(), header)) continue;
        for (auto const& value : {id, victim.slug}) {
            if (value.empty() || (value == victim.slug && header.ends_with("ID"))) continue;
            disguise d{fmt::format("identity header {} (not in the scenario) vs token", header)};
            d.changes.headers.emplace_back(header, value);
            d.is_victims_path = false;
            d.is_guess = true;
            out.push_back(std::move(d));
        }
    }
    return out;
}

static asio::awaitable<void> try_read(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    disguise const& d,
    std::vector<trial>& out
)
{
    auto const theirs = probe::own_place(ctx, pair.victim, read, 0);
    trial t;
    t.channel = d.name;
    t.victim = pair.victim;
    t.is_guess = d.is_guess;
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
    auto options = d.is_victims_path ? theirs : probe::own_place(ctx, pair.intruder, read, 0);
    options.changes = d.changes;
    // Slots of the path, too, name the victim then: the credentials alone are the intruder's.
    if (d.is_victims_path) options.slots_of = &ctx.tenant(pair.victim);
    t.hostile = co_await ctx.send(*read.op, ctx.actor(pair.intruder), std::move(options));
    out.push_back(std::move(t));
}

static asio::awaitable<void> try_write(
    probe::context& ctx,
    target::resource const& r,
    probe::tenant_pair pair,
    disguise const& d,
    std::vector<trial>& out
)
{
    probe::target_operation const create{&r, &*r.create};
    auto const theirs = probe::own_place(ctx, pair.victim, create, 0);
    trial t;
    t.channel = d.name;
    t.victim = pair.victim;
    t.is_guess = d.is_guess;
    t.control = co_await ctx.send(*r.list, ctx.actor(pair.victim), theirs);
    auto object = co_await probe::planting::begin(ctx, r, pair.intruder);
    t.planted = object.canary();
    auto options = object.options();
    options.changes = d.changes;
    auto const own = probe::own_place(ctx, pair.intruder, create, 0);
    options.parent = d.is_victims_path ? theirs.parent : own.parent;
    auto const way = d.is_victims_path ? probe::approach::victims_path : probe::approach::own_path;
    t.hostile = co_await object.send(ctx, pair, way, std::move(options));
    t.victims_views = co_await object.seen_by(ctx, pair.victim, theirs);
    auto const landed = probe::shown_in(t.victims_views, t.planted) != nullptr;
    co_await object.remove(ctx, landed ? std::optional{pair.victim} : std::nullopt);
    out.push_back(std::move(t));
}

// One target of the probe: a list, and the creation of what it lists.
static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<disguise> disguises,
    std::vector<trial>& out
)
{
    auto const own = probe::own_place(ctx, pair.intruder, read, 0);
    auto const plain = co_await ctx.send(*read.op, ctx.actor(pair.intruder), own);
    // Who is shown others' data anyway needs no disguise: the finding of api.list.
    if (plain.foreign_token() != nullptr) co_return;
    auto writes = read.of->create && read.op == &*read.of->list;
    if (writes) {
        auto const theirs = probe::own_place(ctx, pair.victim, read, 0);
        auto const is_open = co_await probe::sees_strangers_objects(ctx, *read.of, pair, theirs);
        writes = !is_open;
    }
    for (auto const& d : disguises) {
        if (!d.is_guess) ctx.covered().examined("channel", d.name, spec.id);
        co_await try_read(ctx, read, pair, d, out);
        if (writes) co_await try_write(ctx, *read.of, pair, d, out);
    }
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
        auto disguises = described(ctx, pairs[i]);
        co_await attempt(ctx, lists[i % lists.size()], pairs[i], std::move(disguises), trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> each = describe;
    co_await ctx.for_each(pairs.size(), each);
    auto const guess = [&](std::size_t i) -> asio::awaitable<void> {
        auto const pair = pairs[i / lists.size()];
        auto disguises = guessed(ctx, pair);
        co_await attempt(ctx, lists[i % lists.size()], pair, std::move(disguises), trials);
    };
    each = guess;
    co_await ctx.for_each(std::min(guesses_max, pairs.size()) * lists.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::channel_conflict
