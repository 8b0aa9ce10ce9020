#include "probes/cache/neighbour_flood/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/own_fields.hpp"
#include "harness/probe/planting.hpp"
#include "harness/probe/redis_scan.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace watertight::probes::cache::neighbour_flood {

using namespace std::chrono_literals;

constexpr probe::spec spec{
    .id = "cache.neighbour_flood",
    .title = "One tenant's flood drives others' entries out of the cache",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::performance,
    .level = evidence::severity::medium,
    .cwe = "CWE-770",
    .owasp = "API4:2023",
    .asvs = "8.4.1, 15.2.2",
    .faults = "K22 N7",
    .rationale =
        "A cache that is full drops what was not used lately, whoever's it is. A tenant that "
        "reads a great deal once takes everybody's hit rate, and the database the load.",
    .remedy = "Bound what each tenant may hold in the cache (a sorted set of its keys by use, a "
              "database or server of its own for large ones), and alarm on evictions by tenant.",
};

static std::string_view value_in(std::string_view info, std::string_view name)
{
    for (std::size_t at = 0; at < info.size();) {
        auto const end = std::min(info.find('\n', at), info.size());
        auto line = info.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
            return line.substr(name.size() + 1);
        }
        at = end + 1;
    }
    return {};
}

std::string info_text(std::string_view info, std::string_view name)
{
    return std::string{value_in(info, name)};
}

std::optional<std::uint64_t> info_number(std::string_view info, std::string_view name)
{
    auto const text = value_in(info, name);
    std::uint64_t out = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return out;
}

probe::conclusion judge(trial const& t)
{
    static constexpr std::size_t entries_min = 4;
    probe::conclusion out;
    probe::tally seen;
    auto const channel = "redis " + t.family;
    if (t.before < entries_min) {
        seen.undecided(channel, "too few entries of a tenant's are in the cache: is it used?");
    } else if (t.after_rest < t.before) {
        seen.undecided(channel, "entries go without a flood, too");
    } else if (t.evicted == 0) {
        seen.undecided(channel, "nothing was evicted: the flood did not fill the cache");
    } else {
        seen.decided(channel);
        auto const lost = t.before - t.after_flood;
        if (4 * lost >= t.before) {
            probe::violation v;
            v.victim = t.victim;
            v.intruder = t.intruder;
            v.channel = channel;
            v.detail = fmt::format(
                "While another tenant wrote and read {} objects the server evicted {}, {} of the "
                "{} entries of this tenant among them, long before they expire.",
                t.flood,
                plural(t.evicted, "key"),
                lost,
                t.before
            );
            v.token = t.token;
            v.position = t.example;
            v.reproduction = t.reproduction;
            out.violations.push_back(std::move(v));
        }
    }
    seen.finish(out);
    return out;
}

namespace {

struct kept {
    std::vector<probe::redis_place> keys;
    std::string family;
    std::string token;
};

} // namespace

static asio::awaitable<result<std::string>> info(probe::context& ctx)
{
    auto const db = co_await ctx.redis();
    if (db.has_error()) co_return db.error();
    probe::redis_words words{"INFO", "everything"};
    auto const said = co_await (*db)->command(std::move(words));
    if (said.has_error()) co_return said.error();
    co_return said->text;
}

// Why a flood can't show anything here; empty if it can.
static std::string objection(std::string const& about)
{
    static constexpr std::uint64_t room_max = 24U << 20;
    auto const most = info_number(about, "maxmemory").value_or(0);
    auto const used = info_number(about, "used_memory").value_or(0);
    if (most == 0) return "Redis has no maxmemory: nothing is evicted for want of room";
    if (info_text(about, "maxmemory_policy") == "noeviction") {
        return "Redis evicts nothing (maxmemory_policy noeviction)";
    }
    if (most > used + room_max) {
        return fmt::format(
            "Redis has room for {} MiB more: more than a probe fills", (most - used) >> 20
        );
    }
    return {};
}

static asio::awaitable<void>
read_twice(probe::context& ctx, target::resource const& r, target::object const& o)
{
    auto const options = probe::about(ctx, o);
    auto& who = ctx.actor(o.tenant);
    co_await ctx.send(*r.read, who, options);
    co_await ctx.send(*r.read, who, options);
}

static asio::awaitable<result<kept>> learn(probe::context& ctx, tenant_index t)
{
    static constexpr std::int64_t ttl_s_min = 30;
    static constexpr std::size_t keys_max = 500;
    kept out;
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        auto const tokens = probe::canaries_in(ctx, entry.value);
        auto const lasts = entry.ttl_s == -1 || entry.ttl_s >= ttl_s_min;
        if (tokens.empty() || tokens.front().who.tenant != t || !lasts) return;
        if (out.keys.size() >= keys_max) return;
        out.keys.push_back(entry.at);
        out.family = family;
        out.token = tokens.front().token;
    };
    auto const walked = co_await probe::walk_redis(ctx, visit);
    if (walked.has_error()) co_return walked.error();
    co_return out;
}

static asio::awaitable<result<std::size_t>> count(probe::context& ctx, kept const& k)
{
    auto const there = co_await probe::which_exist(ctx, k.keys);
    if (there.has_error()) co_return there.error();
    co_return static_cast<std::size_t>(std::ranges::count(*there, true));
}

// The body with more behind the canary: what is cached is to take room.
static std::optional<std::string>
enlarged(std::optional<std::string> const& body, std::string const& canary, std::size_t size)
{
    auto whole = nlohmann::json::parse(body.value_or(""), nullptr, false);
    if (!whole.is_object()) return std::nullopt;
    std::string* longest = nullptr;
    for (auto& [name, value] : whole[probe::own_fields(whole)].items()) {
        auto* const text = value.is_string() ? value.get_ptr<std::string*>() : nullptr;
        if (text == nullptr || text->find(canary) == std::string::npos) continue;
        if (longest == nullptr || text->size() > longest->size()) longest = text;
    }
    if (longest == nullptr) return std::nullopt;
    longest->append(" ").append(size, 'x');
    return whole.dump();
}

static asio::awaitable<bool> write_large(
    probe::context& ctx,
    target::resource const& r,
    tenant_index by,
    std::size_t size,
    std::vector<probe::planting>& made
)
{
    auto object = co_await probe::planting::begin(ctx, r, by);
    auto options = object.options();
    auto body = enlarged(probe::body_of(ctx, *r.create, by, options), object.canary().text, size);
    if (body) options.changes.body = std::move(body);
    probe::tenant_pair const itself{by, by};
    auto const e = co_await object.send(ctx, itself, probe::approach::own_path, std::move(options));
    auto const is_made = object.is_made() && e.success();
    if (is_made) co_await read_twice(ctx, r, object.made());
    made.push_back(std::move(object));
    co_return is_made;
}

// As large as the target takes them.
static asio::awaitable<std::size_t> find_size(
    probe::context& ctx,
    target::resource const& r,
    tenant_index by,
    std::vector<probe::planting>& made
)
{
    for (auto const size : {std::size_t{60'000}, std::size_t{8'000}, std::size_t{1'000}}) {
        auto const taken = co_await write_large(ctx, r, by, size, made);
        if (taken) co_return size;
    }
    co_return 0;
}

static asio::awaitable<void>
flood(probe::context& ctx, target::resource const& r, kept const& victims, trial& t)
{
    static constexpr std::size_t batch = 24;
    static constexpr std::size_t batches_max = 20;
    std::vector<probe::planting> made;
    auto const size = co_await find_size(ctx, r, t.intruder, made);
    auto const before = co_await info(ctx);
    auto const evicted_before =
        before.has_value() ? info_number(*before, "evicted_keys").value_or(0) : 0;
    for (std::size_t i = 0; i < batches_max && size > 0; ++i) {
        auto const work = [&](std::size_t) -> asio::awaitable<void> {
            static_cast<void>(co_await write_large(ctx, r, t.intruder, size, made));
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await ctx.for_each(batch, each);
        t.flood = made.size();
        auto const left = co_await count(ctx, victims);
        auto const now = co_await info(ctx);
        if (left.has_error() || now.has_error()) break;
        t.after_flood = *left;
        t.evicted = info_number(*now, "evicted_keys").value_or(0) - evicted_before;
        if (4 * t.after_flood <= t.before || t.evicted > 4 * batch) break;
        ctx.tick();
    }
    for (auto& object : made) co_await object.discard(ctx);
}

static asio::awaitable<void> rest(asio::any_io_executor core)
{
    asio::steady_timer timer{core, 200ms};
    co_await timer.async_wait(asio::use_awaitable);
}

static target::resource const* cached_kind(target::model const& m)
{
    using target::resource;
    for (auto const* const r : probe::resources_with(m, {&resource::create, &resource::read})) {
        auto const is_plain = r->parent.empty() && target::takes_fields(r->create->body);
        if (is_plain && probe::writes_canary(*r->create) && !r->read->poll.is_set()) return r;
    }
    return nullptr;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const* const r = cached_kind(ctx.model());
    auto const pairs = ctx.few_pairs(1);
    if (!ctx.has_redis() || r == nullptr || pairs.empty()) {
        out.not_applicable =
            "stores.redis, and a resource that is created by a body of fields and read";
        co_return out;
    }
    auto const about = co_await info(ctx);
    if (about.has_error()) {
        out.add_undecided(about.error().message);
        co_return out;
    }
    out.not_applicable = objection(*about);
    if (!out.not_applicable.empty()) co_return out;

    trial t;
    t.victim = pairs.front().victim;
    t.intruder = pairs.front().intruder;
    static constexpr int own_objects = 12;
    std::vector<target::object*> own;
    for (int i = 0; i < own_objects; ++i) {
        auto const made = co_await ctx.create_object(*r, t.victim);
        if (made.has_error()) continue;
        co_await read_twice(ctx, *r, **made);
        own.push_back(*made);
    }
    auto const victims = co_await learn(ctx, t.victim);
    if (victims.has_error()) {
        out.add_undecided(victims.error().message);
        co_return out;
    }
    t.family = victims->family;
    t.token = victims->token;
    t.before = victims->keys.size();
    if (t.before > 0) t.example = victims->keys.front().name();
    auto const url = probe::variable_for(ctx, ctx.redis_store().url);
    t.reproduction = evidence::redis_command(url, {"EXISTS", t.example});
    co_await rest(ctx.core());
    auto const rested = co_await count(ctx, *victims);
    t.after_rest = t.after_flood = rested.has_value() ? *rested : 0;
    co_await flood(ctx, *r, *victims, t);
    co_return judge(t);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::neighbour_flood
