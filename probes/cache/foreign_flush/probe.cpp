#include "probes/cache/foreign_flush/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::cache::foreign_flush {

constexpr probe::spec spec{
    .id = "cache.foreign_flush",
    .title = "What one tenant does empties other tenants' cache",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::medium,
    .cwe = "CWE-668",
    .owasp = "API4:2023",
    .asvs = "8.4.1, 14.2.2",
    .faults = "K10",
    .rationale = "Flushing everything, or a pattern that is a prefix of other tenants' keys (t:1* "
                 "is t:10, too), is the easiest way to be rid of one tenant's entries. Sessions "
                 "end, locks and counters start anew, and the database takes the load.",
    .remedy = "Delete the keys of one tenant by a prefix that ends in a separator, or keep them in "
              "a set of their own; no FLUSHDB in an application.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided(t.event, "it could not be done: " + t.failure);
            continue;
        }
        if (t.keys.empty()) {
            seen.undecided(t.event, "no key held another tenant's data before: was it used?");
            continue;
        }
        seen.decided(t.event);
        auto const gone = std::ranges::find_if(t.keys, &kept_key::is_gone);
        if (gone == t.keys.end()) continue;
        probe::violation v;
        v.victim = gone->owner;
        v.intruder = t.by;
        v.channel = "redis " + gone->family;
        v.detail = fmt::format(
            "After {} of another tenant {} of {} keys with other tenants' data are gone, long "
            "before they expire.",
            t.event,
            std::ranges::count_if(t.keys, &kept_key::is_gone),
            t.keys.size()
        );
        v.token = gone->token;
        v.position = gone->at.name();
        v.reproduction = gone->reproduction;
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

// Whose a key is that holds no canary, a session's or a counter's: the one tenant that it names.
static std::optional<tenant_index> named_owner(probe::context& ctx, std::string_view key)
{
    std::optional<tenant_index> out;
    for (auto const& t : ctx.population().tenants) {
        auto const names = probe::names_of_tenant(t);
        auto const is_named = std::ranges::any_of(names, [&](std::string const& name) {
            return probe::names_word(key, name);
        });
        if (!is_named) continue;
        if (out) return std::nullopt;
        out = t.index;
    }
    return out;
}

// Keys that hold canaries of one tenant, or name it, and don't expire by themselves while the probe
// runs. What holds none and never expires may be a queue, which its own worker empties.
static asio::awaitable<result<std::vector<kept_key>>> learn_keys(probe::context& ctx)
{
    static constexpr std::int64_t ttl_s_min = 20;
    static constexpr std::size_t keys_max = 2'000;
    std::vector<kept_key> out;
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        if (out.size() >= keys_max) return;
        if (entry.ttl_s == -2 || (entry.ttl_s >= 0 && entry.ttl_s < ttl_s_min)) return;
        std::vector<evidence::sighting> tokens;
        ctx.eye().scan(entry.value, tokens);
        kept_key k;
        if (tokens.empty()) {
            auto const named = entry.ttl_s < 0 ? std::nullopt : named_owner(ctx, entry.at.key);
            if (!named) return;
            k.owner = *named;
        } else {
            k.owner = tokens.front().who.tenant;
            k.token = tokens.front().token;
        }
        auto const is_other = [&](auto const& s) { return s.who.tenant != k.owner; };
        if (std::ranges::any_of(tokens, is_other)) return;
        k.at = entry.at;
        k.family = family;
        k.expires = entry.ttl_s < 0 ? steady::time_point::max()
                                    : steady::now() + std::chrono::seconds{entry.ttl_s};
        k.reproduction = probe::redis_reproduction(ctx, entry.at, "EXISTS");
        out.push_back(std::move(k));
    };
    auto const walked = co_await probe::walk_redis(ctx, visit);
    if (walked.has_error()) co_return walked.error();
    co_return out;
}

static asio::awaitable<result<std::vector<bool>>>
look(probe::context& ctx, std::vector<kept_key> const& keys)
{
    std::vector<probe::redis_place> places;
    for (auto const& k : keys) places.push_back(k.at);
    co_return co_await probe::which_exist(ctx, places);
}

static asio::awaitable<void> compare(probe::context& ctx, trial& t)
{
    auto const there = co_await look(ctx, t.keys);
    if (there.has_error()) {
        t.failure = there.error().message;
        co_return;
    }
    for (std::size_t i = 0; i < t.keys.size(); ++i) t.keys[i].is_gone = !(*there)[i];
}

// What empties a cache ends the sessions that are kept there: whoever lost theirs opens another.
static asio::awaitable<probe::exchange> send_signed_in(
    probe::context& ctx,
    target::operation const& op,
    target::actor& who,
    probe::request_options options
)
{
    static constexpr int unauthorised = 401;
    auto e = co_await ctx.send(op, who, options);
    if (e.status != unauthorised) co_return e;
    static_cast<void>(co_await ctx.log_in(who));
    co_return co_await ctx.send(op, who, std::move(options));
}

static asio::awaitable<result<target::object*>>
create_signed_in(probe::context& ctx, target::resource const& r, tenant_index by)
{
    auto made = co_await ctx.create_object(r, by);
    if (made.has_value()) co_return made;
    static_cast<void>(co_await ctx.log_in(ctx.actor(by)));
    co_return co_await ctx.create_object(r, by);
}

// Reads that fill the cache of every tenant but one.
static asio::awaitable<void> warm(probe::context& ctx, tenant_index but)
{
    static constexpr std::size_t tenants_max = 8;
    auto const tenants = ctx.tenants();
    for (std::size_t i = 0; i < std::min(tenants.size(), tenants_max); ++i) {
        if (tenants[i] == but) continue;
        for (auto const& read : probe::object_reads(ctx.model())) {
            auto const* const object = probe::pick_object(ctx, tenants[i], *read.of, 0);
            if (object == nullptr) continue;
            auto const options = probe::about(ctx, *object);
            co_await send_signed_in(ctx, *read.op, ctx.actor(tenants[i]), options);
        }
    }
}

// What is there of the known keys before another tenant does something.
static asio::awaitable<trial>
begin(probe::context& ctx, std::vector<kept_key> const& known, tenant_index by, std::string event)
{
    static constexpr std::chrono::seconds rest_min{10};
    trial t;
    t.event = std::move(event);
    t.by = by;
    co_await warm(ctx, by);
    auto const there = co_await look(ctx, known);
    if (there.has_error()) {
        t.failure = there.error().message;
        co_return t;
    }
    for (std::size_t i = 0; i < known.size(); ++i) {
        auto const lasts = known[i].expires > steady::now() + rest_min;
        if ((*there)[i] && lasts && known[i].owner != by) t.keys.push_back(known[i]);
    }
    co_return t;
}

// A tenant changes and deletes what is its own.
static asio::awaitable<void> write(
    probe::context& ctx,
    std::vector<kept_key> const& known,
    target::resource const& r,
    tenant_index by,
    std::vector<trial>& out
)
{
    for (auto const* const op : {&r.update, &r.remove}) {
        if (!*op) continue;
        auto const made = co_await create_signed_in(ctx, r, by);
        if (made.has_error()) continue;
        auto options = probe::about(ctx, **made);
        auto& who = ctx.actor(by);
        if (r.read) co_await ctx.send(*r.read, who, options);
        options.canary = ctx.fresh_canary(by);
        options.canary_number = ctx.fresh_number(by);
        auto event = (*op)->channel();
        auto t = co_await begin(ctx, known, by, std::move(event));
        auto const done = co_await send_signed_in(ctx, **op, who, std::move(options));
        if (!done.success()) t.failure = probe::summary(done);
        if (done.success() && op == &r.remove) (*made)->removed = true;
        if (t.failure.empty()) co_await compare(ctx, t);
        out.push_back(std::move(t));
    }
}

static std::string removal(probe::context& ctx)
{
    auto const& how = ctx.shop().how;
    return how.remove ? how.remove->channel() : "removal of a tenant";
}

static asio::awaitable<void> write_all(
    probe::context& ctx,
    std::vector<kept_key> const& known,
    tenant_index by,
    std::vector<trial>& out
)
{
    using target::resource;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        if (r->parent.empty()) co_await write(ctx, known, *r, by, out);
    }
}

static asio::awaitable<void> leave(
    probe::context& ctx,
    std::vector<kept_key> known,
    std::string slug,
    bool writes,
    std::vector<trial>& out
)
{
    tenants::further_tenant like;
    like.slug = std::move(slug);
    like.last_role_max = 1;
    auto const made = co_await tenants::provision_extra(ctx.shop(), std::move(like));
    if (made.has_error()) co_return;
    auto& tenant = **made;
    if (writes) co_await write_all(ctx, known, tenant.index, out);
    // Named first: a conditional inside the awaited expression is destroyed twice by GCC 12.
    auto event = removal(ctx);
    auto t = co_await begin(ctx, known, tenant.index, std::move(event));
    auto const removed = co_await tenants::remove_tenant(ctx.shop(), tenant);
    if (removed.has_error()) t.failure = removed.error().message;
    if (t.failure.empty()) co_await compare(ctx, t);
    out.push_back(std::move(t));
}

// Names that a careless pattern takes for others': one that begins another's, and one that, read
// as a pattern, is another's.
static asio::awaitable<void>
leave_alike(probe::context& ctx, std::string base, std::vector<trial>& out)
{
    tenants::further_tenant like;
    like.slug = base + "0";
    like.last_role_max = 1;
    auto const made = co_await tenants::provision_extra(ctx.shop(), std::move(like));
    if (made.has_error()) co_return;
    auto& neighbour = **made;
    using target::resource;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        if (r->parent.empty()) co_await ctx.create_object(*r, neighbour.index);
    }
    co_await probe::warm_reads(ctx, neighbour.index);
    auto known = co_await learn_keys(ctx);
    if (known.has_value()) {
        std::erase_if(*known, [&](auto const& k) { return k.owner != neighbour.index; });
        if (!known->empty()) {
            co_await leave(ctx, *known, base, true, out);
            co_await leave(ctx, *known, base + "*", true, out);
        }
    }
    static_cast<void>(co_await tenants::remove_tenant(ctx.shop(), neighbour));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_redis() || ctx.tenants().size() < 2) {
        out.not_applicable = "stores.redis and two tenants";
        co_return out;
    }
    auto const by = ctx.tenants().back();
    std::vector<trial> trials;
    co_await warm(ctx, by);
    auto const known = co_await learn_keys(ctx);
    if (known.has_error()) {
        out.add_undecided("the cache could not be scanned: " + known.error().message);
        co_return out;
    }
    using target::resource;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        co_await write(ctx, *known, *r, by, trials);
    }
    auto const& how = ctx.shop().how;
    if (how.remove || how.remove_sql || how.remove_command) {
        co_await leave(ctx, *known, "", false, trials);
        auto base = ctx.tenant(ctx.tenants().front()).slug + "-f";
        co_await leave_alike(ctx, std::move(base), trials);
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::foreign_flush
