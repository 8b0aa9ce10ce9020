#include "probes/cache/unkeyed_header/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::cache::unkeyed_header {

constexpr probe::spec spec{
    .id = "cache.unkeyed_header",
    .title = "A header that a cache ignores changes what others are served",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-349",
    .owasp = "API8:2023",
    .asvs = "4.1.3, 14.2.5",
    .faults = "K18",
    .rationale =
        "The service builds links from X-Forwarded-Host or takes its route from X-Original-URL; "
        "the cache in front keeps the answer by its URL alone. One request of anybody's decides "
        "what everybody else is served from then on.",
    .remedy = "Let the proxy overwrite forwarding headers of clients, take links from the "
              "configuration, and make each header that an answer depends on part of the key.",
};

std::vector<planted_header> planted_headers(std::string_view canary)
{
    static constexpr std::pair<std::string_view, std::string_view> patterns[] = {
        {"X-Forwarded-Host", "{}.example"},
        {"X-Host", "{}.example"},
        {"X-Forwarded-Server", "{}.example"},
        {"X-Original-Host", "{}.example"},
        {"X-HTTP-Host-Override", "{}.example"},
        {"Forwarded", "host={}.example"},
        {"X-Forwarded-Prefix", "/{}"},
        {"X-Forwarded-Scheme", "{}"},
        {"X-Forwarded-For", "{}"},
        {"Origin", "https://{}.example"},
        {"Referer", "https://{}.example/"},
        {"Accept-Language", "{}"},
    };
    std::vector<planted_header> out;
    for (auto const& [name, pattern] : patterns) {
        // A letter before the canary tells the headers apart and leaves it a token of its own.
        auto marker = fmt::format("h{}-{}", static_cast<char>('a' + out.size()), canary);
        auto value = fmt::format(fmt::runtime(pattern), marker);
        out.push_back({std::string{name}, std::move(value), std::move(marker)});
    }
    return out;
}

static planted_header const* shown_header(trial const& t)
{
    for (auto const& h : t.headers) {
        if (!h.marker.empty() && t.victims.shows(h.marker)) return &h;
    }
    return nullptr;
}

static void judge_one(trial const& t, probe::conclusion& out)
{
    auto const* const header = shown_header(t);
    auto const* const token = t.victims.token_of(t.poison.tenant);
    // Without a marker the intruder's own data tells, unless the owner is shown it anyway.
    auto const is_rerouted =
        header == nullptr && token != nullptr && t.control.token_of(t.poison.tenant) == nullptr;
    if (header == nullptr && !is_rerouted) return;
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.poison.tenant;
    v.channel = t.poison.channel;
    v.detail = fmt::format(
        "{} sent {} with a value of its own; afterwards {} asked for the same URL as always and "
        "was served {}.",
        t.poison.sender,
        header == nullptr ? t.headers.front().name : header->name,
        t.victims.sender,
        header == nullptr ? "the intruder's data" : "that value"
    );
    v.token = header == nullptr ? token->token : header->marker;
    v.exchanges = {t.poison, t.victims};
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        judge_one(t, out);
        if (!t.control.success()) {
            seen.undecided(channel, "the plain read failed: " + probe::summary(t.control));
        } else if (t.poison.throttled() || !t.poison.answered) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.poison));
        } else if (!t.victims.wire.empty() && t.victims.undecided()) {
            seen.undecided(channel, "the owner's read failed: " + probe::summary(t.victims));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static probe::request_options
with(probe::request_options options, std::vector<planted_header> const& headers)
{
    for (auto const& h : headers) options.changes.headers.emplace_back(h.name, h.value);
    return options;
}

// What everybody reads, too, beside what only tenants' users do: that is what is cached most.
static std::vector<probe::target_operation> reads_of(target::model const& m)
{
    auto out = probe::cacheable_reads(m);
    std::erase_if(out, [](auto const& read) { return !probe::object_slots(*read.op).empty(); });
    for (auto const& op : m.operations) {
        auto const is_open = op.method == "GET" && op.as == "anonymous";
        if (is_open && probe::object_slots(op).empty()) out.push_back({nullptr, &op});
    }
    return out;
}

static bool repeats(probe::exchange const& e, std::vector<planted_header> const& headers)
{
    return std::ranges::any_of(headers, [&](auto const& h) { return e.shows(h.marker); });
}

static asio::awaitable<void> plant(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::asker who,
    trial t,
    std::vector<trial>& out
)
{
    auto options = probe::own_place(ctx, pair.victim, read, 0);
    options.changes.query = {probe::cache_buster(ctx)};
    auto const planted = with(options, t.headers);
    t.poison = co_await probe::ask_as(ctx, *read.op, pair, who, planted);
    // A header that names another route shows no marker; its answer has to be tried.
    if (repeats(t.poison, t.headers) || t.headers.front().marker.empty()) {
        t.victims = co_await ctx.send(*read.op, ctx.actor(pair.victim), options);
    }
    out.push_back(std::move(t));
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const canary = ctx.fresh_canary(pair.intruder);
    // The victim that sees it sees what was planted.
    ctx.plants(canary, 0);
    trial t;
    t.victim = pair.victim;
    auto place = probe::own_place(ctx, pair.victim, read, 0);
    place.changes.query = {probe::cache_buster(ctx)};
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), place);
    if (!t.control.success()) {
        place.changes.query.clear();
        auto const plain = co_await ctx.send(*read.op, ctx.actor(pair.victim), place);
        // It takes no parameter of one's own, so that nothing could be tried without harm.
        if (!plain.success()) out.push_back(std::move(t));
        co_return;
    }
    auto const all = planted_headers(canary);
    for (auto const who : probe::askers) {
        // Who is refused anyway leaves nothing in a cache that others are served.
        auto const plain = co_await probe::ask_as(ctx, *read.op, pair, who, place);
        if (!plain.success()) continue;
        auto together = t;
        together.headers = all;
        co_await plant(ctx, read, pair, who, std::move(together), out);
        if (out.back().poison.success()) continue;
        // One of them is refused: each alone, as far as clients may send it at all.
        for (auto const& h : all) {
            auto alone = t;
            alone.headers = {h};
            co_await plant(ctx, read, pair, who, std::move(alone), out);
        }
    }
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
}

// X-Original-URL: the intruder's own list by way of an address that the victim asks for.
static asio::awaitable<void> reroute(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::exchange const& own,
    std::vector<trial>& out
)
{
    trial t;
    t.victim = pair.victim;
    auto place = probe::own_place(ctx, pair.victim, read, 0);
    place.changes.query = {probe::cache_buster(ctx)};
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), place);
    if (!t.control.success()) co_return;
    for (auto const* const name : {"X-Original-URL", "X-Rewrite-URL"}) {
        auto one = t;
        one.headers = {{name, own.path, {}}};
        co_await plant(ctx, read, pair, probe::asker::as_itself, std::move(one), out);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = reads_of(ctx.model());
    auto const pairs = ctx.few_pairs(1);
    probe::conclusion out;
    if (reads.empty() || pairs.empty()) {
        out.not_applicable = "it takes two tenants and a GET that names no object";
        co_return out;
    }
    auto const pair = pairs.front();
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i], pair, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(reads.size(), each);
    for (auto const& read : reads) {
        auto const place = probe::own_place(ctx, pair.intruder, read, 0);
        auto const own = co_await ctx.send(*read.op, ctx.actor(pair.intruder), place);
        if (!own.success() || !own.shows_canary_of(pair.intruder)) continue;
        for (auto const& other : reads) co_await reroute(ctx, other, pair, own, trials);
        break;
    }
    out = judge(trials);
    if (trials.empty()) out.not_applicable = "no GET takes a query parameter of one's own";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::unkeyed_header
