#include "probes/api/idempotency_key/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::idempotency_key {

constexpr probe::spec spec{
    .id = "api.idempotency_key",
    .title = "The key of a repeated request is shared by all tenants",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A30",
    .rationale =
        "Stored answers are found by the key that the client chose. Two tenants whose "
        "clients choose alike (an order's number, a counter) get each other's answers, and "
        "the second one's request is never carried out.",
    .remedy = "Store answers under tenant, user, route and key, and compare the request's digest.",
};

// What the second tenant was told is done, and is nowhere to be seen.
static bool is_suppressed(trial const& t)
{
    if (!t.is_marked || !t.control.success() || t.hostile.undecided()) return false;
    if (!t.hostile.success()) return t.hostile.status == 409 || t.hostile.status == 422;
    auto const is_told = !t.hostile.shown(t.canary).empty();
    return !is_told && !t.views.empty() && probe::shown_in(t.views, t.canary) == nullptr;
}

static probe::violation suppressed(trial const& t)
{
    probe::violation v;
    // The one who came second is wronged, by the one who used the key before.
    v.victim = t.second_tenant;
    v.intruder = t.first.tenant;
    v.channel = t.hostile.channel;
    v.detail = fmt::format(
        "{} created an object under a key that another tenant had used before, and it was not "
        "made: {}.",
        t.hostile.sender,
        probe::summary(t.hostile)
    );
    v.position = "the creator's read-back";
    v.exchanges = {t.first, t.control, t.hostile};
    v.kind = evidence::guarantee::integrity;
    v.level = evidence::severity::medium;
    return v;
}

// The first one's canary, which counts as planted by this probe and is no sighting of its own.
static probe::violation answered_with_anothers(trial const& t, std::string token)
{
    probe::violation v;
    v.victim = t.first.tenant;
    v.intruder = t.hostile.tenant;
    v.channel = t.hostile.channel;
    v.detail = t.hostile.sender +
               " sent a creation with a key that another tenant had used before, and was given "
               "that tenant's answer.";
    v.token = std::move(token);
    v.position = "response body";
    v.exchanges = {t.first, t.hostile};
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (!t.is_known) continue;
        if (auto const* const token = t.hostile.foreign_token()) {
            out.violations.push_back(probe::shown_by(
                *token,
                channel,
                fmt::format(
                    "{} sent a creation with a key that another tenant had used before, and was "
                    "given that tenant's answer.",
                    t.hostile.sender
                ),
                {t.first, t.hostile}
            ));
        } else if (auto const shown = t.hostile.shown(t.first_canary); !shown.empty()) {
            out.violations.push_back(answered_with_anothers(t, shown));
        } else if (is_suppressed(t)) {
            out.violations.push_back(suppressed(t));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
            continue;
        } else if (!t.control.success()) {
            seen.undecided(channel, "the creation fails without it: " + probe::summary(t.control));
            continue;
        }
        seen.decided(channel);
    }
    seen.finish(out);
    if (std::ranges::none_of(trials, &trial::is_known)) {
        out.not_applicable = "no creation is answered again for the same key";
    }
    return out;
}

// The header that the scenario describes, or the usual ones, all at once: a target reads one of
// them.
static std::vector<std::string> key_headers(target::operation const& op)
{
    for (auto const& [name, value] : op.headers) {
        if (to_lower(name).find("idempoten") != std::string::npos) return {name};
    }
    return {"Idempotency-Key", "X-Idempotency-Key"};
}

static asio::awaitable<probe::exchange> create_with(
    probe::context& ctx,
    probe::planting& object,
    tenant_index who,
    std::string key,
    probe::request_options options
)
{
    target::operation const& op = *object.kind().create;
    options.parent = probe::own_place(ctx, who, {&object.kind(), &op}, 0).parent;
    for (auto& name : key_headers(op)) options.changes.headers.emplace_back(std::move(name), key);
    auto const way = probe::approach::own_path;
    co_return co_await object.send(ctx, {who, who}, way, std::move(options));
}

static asio::awaitable<void> attempt(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    trial t;
    t.second_tenant = pair.intruder;
    t.is_marked = probe::writes_canary(*r.create);
    auto const key = "wt-" + ctx.fresh_canary(pair.victim).substr(4);
    auto first = co_await probe::planting::begin(ctx, r, pair.victim);
    auto again = co_await probe::planting::begin(ctx, r, pair.victim);
    auto const same = first.options();
    t.first_canary = first.canary();
    t.first = co_await create_with(ctx, first, pair.victim, key, same);
    if (first.is_made()) {
        t.again = co_await create_with(ctx, again, pair.victim, key, same);
        auto const id = probe::id_of(first.made());
        t.is_known = again.is_made() && !id.empty() && probe::id_of(again.made()) == id;
    }
    t.hostile.channel = r.create->channel();
    if (t.is_known) {
        auto mine = co_await probe::planting::begin(ctx, r, pair.intruder);
        auto const options = mine.options();
        t.canary = mine.canary();
        // These are to be seen where they belong: only others' are a leak.
        t.hostile = co_await create_with(ctx, mine, pair.intruder, key, options);
        auto const place = probe::own_place(ctx, pair.intruder, {&r, &*r.create}, 0);
        t.views = co_await mine.seen_by(ctx, pair.intruder, place);
        auto other = co_await probe::planting::begin(ctx, r, pair.intruder);
        auto const plain = other.options();
        t.control = co_await create_with(ctx, other, pair.intruder, key + "x", plain);
        co_await mine.discard(ctx);
        co_await other.discard(ctx);
    }
    co_await first.discard(ctx);
    co_await again.discard(ctx);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    auto const resources = probe::resources_with(ctx.model(), {&resource::create});
    static constexpr std::size_t pairs_max = 2;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const& r = *resources[i % resources.size()];
        co_await attempt(ctx, r, pairs[i / resources.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * resources.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::idempotency_key
