#include "probes/quota/exact_limit/probe.hpp"

#include "harness/probe/numbers.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>

namespace watertight::probes::quota::exact_limit {

constexpr probe::spec spec{
    .id = "quota.exact_limit",
    .title = "A tenant's limit does not hold at its number, or not for that tenant alone",
    .where = probe::layer::quota,
    .kind = evidence::guarantee::performance,
    .level = evidence::severity::high,
    .cwe = "CWE-770",
    .owasp = "API4:2023",
    .asvs = "2.4.1, 15.2.2",
    .faults = "N1 N2 N8",
    .rationale = "A limit that is looked at before and counted after is passed by whoever asks "
                 "often enough at once; one that counts users or addresses multiplies with them; "
                 "one that is everybody's lets one customer lock all others out.",
    .remedy = "Count and compare in one step (a lock on the tenant's row, a conditional update, a "
              "script in Redis), under a key that names the tenant of the credentials alone.",
};

// Requests that filling one quota may take.
static constexpr std::uint64_t budget = 2000;
// Sent at once beyond the room, so that there is somebody to refuse.
static constexpr std::uint64_t surplus = 12;

static std::optional<std::uint64_t> limit_of(probe::context& ctx, trial const& t)
{
    auto const text = probe::render_for(ctx, t.what->limit, t.filled);
    std::uint64_t out = 0;
    auto const end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data(), end, out);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return out;
}

// What the quota's own operation tells; nothing if the answers themselves do, or nobody does.
static asio::awaitable<std::optional<probe::exchange>>
look(probe::context& ctx, target::quota const& q, tenant_index t)
{
    std::optional<probe::exchange> out;
    auto const* const op = ctx.model().find_operation(q.reading.operation);
    if (!q.reading.tells() || op == nullptr) co_return out;
    probe::request_options options;
    options.waits = false;
    out = co_await ctx.send(*op, ctx.actor(t), std::move(options));
    co_return out;
}

static std::optional<std::uint64_t>
used_by(target::quota const& q, probe::exchange const& e, std::uint64_t limit)
{
    auto const used = probe::number_at(e, q.reading.used);
    if (used && *used >= 0) return static_cast<std::uint64_t>(*used);
    auto const left = probe::number_at(e, q.reading.remaining);
    if (!left || *left < 0 || *left > static_cast<double>(limit)) return std::nullopt;
    return limit - static_cast<std::uint64_t>(*left);
}

static asio::awaitable<void>
note(probe::context& ctx, trial& t, probe::exchange answer, std::optional<std::uint64_t> used)
{
    if (!t.what->reading.tells()) co_return;
    if (t.what->reading.operation.empty()) {
        t.figures.push_back({std::move(answer), used});
        co_return;
    }
    auto told = co_await look(ctx, *t.what, t.filled);
    if (told) t.figures.push_back({std::move(*told), used});
}

// Those of the tenant's users who are known to be allowed to create.
using creators = std::vector<target::actor*>;

// As many creations at once as there is room for, and some more.
static asio::awaitable<std::vector<target::object*>> create_at_once(
    probe::context& ctx, target::resource const& r, creators const& by, trial& t, std::uint64_t room
)
{
    std::vector<target::object*> made;
    burst b{.room = room, .uses = {}};
    std::function<asio::awaitable<void>(std::size_t)> const work = [&](std::size_t i
                                                                   ) -> asio::awaitable<void> {
        auto one = co_await probe::create_once(ctx, r, *by[i % by.size()]);
        b.uses.push_back(std::move(one.answer));
        if (one.object != nullptr) made.push_back(one.object);
    };
    co_await ctx.for_each(room + surplus, work);
    t.at_once.push_back(std::move(b));
    co_return made;
}

static asio::awaitable<probe::exchange>
remove_object(probe::context& ctx, target::resource const& r, target::object& o)
{
    auto options = probe::about(ctx, o);
    options.waits = false;
    auto e = co_await ctx.send(*r.remove, ctx.actor(o.tenant), std::move(options));
    o.removed = e.success();
    co_return e;
}

// Where something can be removed: the room comes back, also for many at once.
static asio::awaitable<void> make_room(
    probe::context& ctx,
    target::resource const& r,
    creators const& by,
    trial& t,
    std::vector<target::object*> made
)
{
    static constexpr std::size_t rounds = 2;
    if (!r.remove || made.empty()) co_return;
    t.removal = co_await remove_object(ctx, r, *made.back());
    made.pop_back();
    auto again = co_await probe::create_once(ctx, r, ctx.actor(t.filled));
    t.freed = std::move(again.answer);
    if (again.object == nullptr) co_return;
    made.push_back(again.object);
    for (std::size_t round = 0; round < rounds && !made.empty(); ++round) {
        std::uint64_t room = 0;
        for (auto* const o : made) {
            auto const e = co_await remove_object(ctx, r, *o);
            if (e.success()) ++room;
        }
        if (room != made.size()) co_return;
        made = co_await create_at_once(ctx, r, by, t, room);
    }
}

// What one creation tells of the count: its own answer, where the scenario says so, or the
// quota's operation.
static asio::awaitable<void>
count_one(probe::context& ctx, trial& t, std::optional<std::uint64_t>& used)
{
    auto const& answer = t.one_by_one.back();
    if (used) {
        ++*used;
    } else if (t.one_by_one.size() == 1) {
        // Where each answer tells it, the first one says what was used before.
        used = used_by(*t.what, answer, t.limit);
        if (used && *used > 0) t.already = *used - 1;
    }
    co_await note(ctx, t, answer, used);
}

// A few, each of which has room, by the first user and, if that is allowed to it, by the last.
static asio::awaitable<creators>
create_singly(probe::context& ctx, target::resource const& r, trial& t, std::uint64_t n)
{
    auto& actors = ctx.tenant(t.filled).actors;
    auto used = t.already;
    creators by{&actors.front()};
    for (std::uint64_t i = 0; i < n; ++i) {
        auto const is_trial = i == 1 && actors.size() > 1 && r.create->as.empty();
        auto* const who = is_trial ? &actors.back() : &actors.front();
        auto one = co_await probe::create_once(ctx, r, *who);
        if (is_trial && !one.answer.success()) continue;
        if (is_trial) by.push_back(who);
        t.one_by_one.push_back(std::move(one.answer));
        if (!t.one_by_one.back().success()) break;
        co_await count_one(ctx, t, used);
    }
    if (by.size() > 1) t.ways = fmt::format(" by {} users", by.size());
    co_return by;
}

// One more when nothing is left; again after a while where the target says that it is asked too
// fast.
static asio::awaitable<void>
go_beyond(probe::context& ctx, target::resource const& r, target::actor& who, trial& t)
{
    for (int attempt = 0; attempt < 3; ++attempt) {
        auto last = co_await probe::create_once(ctx, r, who);
        t.beyond = std::move(last.answer);
        if (!t.beyond->throttled() || is_refusal(*t.what, *t.beyond)) co_return;
        asio::steady_timer alarm{co_await asio::this_coro::executor};
        alarm.expires_after(std::chrono::milliseconds{400} * (attempt + 1));
        co_await alarm.async_wait(asio::use_awaitable);
    }
}

static asio::awaitable<void>
fill_by_creation(probe::context& ctx, target::resource const& r, trial& t)
{
    static constexpr std::uint64_t singly_max = 4;
    co_await probe::ensure_parents(ctx, r, ctx.actor(t.filled));
    auto told = co_await look(ctx, *t.what, t.filled);
    t.already = t.what->already;
    if (told) t.already = used_by(*t.what, *told, t.limit);
    auto const before = std::min(t.limit, t.already.value_or(0));
    auto const by = co_await create_singly(ctx, r, t, std::min(singly_max, (t.limit - before) / 2));
    if (t.one_by_one.empty() || !t.one_by_one.back().success()) co_return;
    auto const used = t.already.value_or(0) + t.one_by_one.size();
    auto const left = t.limit - std::min(t.limit, used);
    auto made = co_await create_at_once(ctx, r, by, t, left);
    co_await go_beyond(ctx, r, *by.front(), t);
    auto const full = t.already ? std::optional{t.limit} : std::nullopt;
    co_await note(ctx, t, *t.beyond, full);
    auto const exact = !t.beyond->success() && made.size() == left;
    if (exact) co_await make_room(ctx, r, by, t, std::move(made));
}

// One way to use a request quota up: who, by which operation, naming the tenant how.
struct way {
    target::operation const* op = nullptr;
    target::actor* who = nullptr;
    std::optional<std::size_t> channel{};
};

static asio::awaitable<probe::exchange> use(probe::context& ctx, way w)
{
    using kind = target::identity_channel::kind;
    probe::request_options options;
    options.waits = false;
    if (w.channel) {
        auto const& channel = ctx.model().identity[*w.channel];
        auto value = probe::render_for(ctx, channel.value, w.who->tenant);
        if (channel.type != kind::path && channel.type != kind::jwt) {
            options.changes.identity.emplace();
            options.changes.identity->emplace_back(*w.channel, std::move(value));
        }
    }
    co_return co_await ctx.send(*w.op, *w.who, std::move(options));
}

// All ways that the tenant has; those that the target does not take are left out when they fail.
static std::vector<way> ways_of(probe::context& ctx, trial const& t)
{
    using kind = target::identity_channel::kind;
    std::vector<way> out;
    for (auto& who : ctx.tenant(t.filled).actors) {
        for (auto const& name : t.what->consume) {
            auto const* const op = ctx.model().find_operation(name);
            if (op != nullptr) out.push_back({op, &who, std::nullopt});
        }
        auto const* const first = ctx.model().find_operation(t.what->consume.front());
        for (std::size_t i = 0; i < ctx.model().identity.size(); ++i) {
            auto const& channel = ctx.model().identity[i];
            auto const is_sent = channel.type != kind::path && channel.type != kind::jwt;
            if (is_sent && !channel.is_default) out.push_back({first, &who, i});
        }
    }
    return out;
}

static asio::awaitable<void> fill_by_requests(probe::context& ctx, trial& t)
{
    std::vector<way> ways;
    for (auto const& w : ways_of(ctx, t)) {
        auto e = co_await use(ctx, w);
        if (!e.success()) continue;
        ways.push_back(w);
        t.one_by_one.push_back(std::move(e));
    }
    if (ways.empty()) {
        t.failure = "no request succeeds that uses it up";
        co_return;
    }
    // What failed may have counted as well: the last one tells what is left.
    auto last = co_await use(ctx, ways.front());
    t.one_by_one.push_back(std::move(last));
    t.ways = fmt::format(" in {} ways", ways.size());
    auto const used = used_by(*t.what, t.one_by_one.back(), t.limit);
    if (used && *used >= t.one_by_one.size()) t.already = *used - t.one_by_one.size();
    auto const room = used ? t.limit - std::min(t.limit, *used) : t.limit;
    burst b{.room = room, .uses = {}};
    std::function<asio::awaitable<void>(std::size_t)> const work = [&](std::size_t i
                                                                   ) -> asio::awaitable<void> {
        auto e = co_await use(ctx, ways[i % ways.size()]);
        b.uses.push_back(std::move(e));
    };
    // Twice the limit: whoever counts users or addresses lets all of it pass.
    co_await ctx.for_each(room + t.limit + surplus, work);
    t.at_once.push_back(std::move(b));
    t.beyond = co_await use(ctx, ways.front());
}

static target::resource const* created_by(probe::context& ctx, target::quota const& q)
{
    for (auto const& r : ctx.model().resources) {
        if (r.create && r.create->name == q.consume.front()) return &r;
    }
    return nullptr;
}

static asio::awaitable<probe::exchange>
use_of_other(probe::context& ctx, target::quota const& q, tenant_index other)
{
    auto const* const r = created_by(ctx, q);
    if (r != nullptr) {
        auto one = co_await probe::create_once(ctx, *r, ctx.actor(other));
        co_return std::move(one.answer);
    }
    way const w{ctx.model().find_operation(q.consume.front()), &ctx.actor(other), std::nullopt};
    co_return co_await use(ctx, w);
}

static asio::awaitable<trial>
attempt(probe::context& ctx, target::quota const& q, tenant_index other)
{
    trial t;
    t.what = &q;
    t.other = other;
    auto const made = co_await probe::invite(ctx, q.tenant);
    t.failure = made.failure;
    if (made.tenant == nullptr) co_return t;
    t.filled = made.tenant->index;
    auto const limit = limit_of(ctx, t);
    auto const* const r = created_by(ctx, q);
    if (!limit) t.failure = "its limit is no number";
    if (limit && *limit > budget) {
        t.failure = fmt::format("its limit, {}, is too large to be reached", *limit);
    }
    if (t.failure.empty()) {
        t.limit = *limit;
        t.other_before = co_await use_of_other(ctx, q, other);
        t.other_told_before = co_await look(ctx, q, other);
        if (r != nullptr) {
            co_await fill_by_creation(ctx, *r, t);
        } else {
            co_await fill_by_requests(ctx, t);
        }
        t.other_told_after = co_await look(ctx, q, other);
        t.other_after = co_await use_of_other(ctx, q, other);
    }
    co_await probe::dismiss(ctx, *made.tenant);
    co_return t;
}

// Requests are counted by the minute or the day: an excess may be a new period's. It is one if it
// shows again.
static bool may_be_new_period(probe::context& ctx, trial const& t)
{
    return created_by(ctx, *t.what) == nullptr && t.failure.empty() &&
           !judge({t}).violations.empty();
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& quotas = ctx.promised().quotas;
    auto const others = ctx.tenants();
    if (quotas.empty() || !probe::takes_guests(ctx) || others.empty()) {
        out.not_applicable = quotas.empty() ? "the scenario describes no quotas"
                                            : "it takes a tenant that the run can make and fill";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& q : quotas) {
        auto t = co_await attempt(ctx, q, others.front());
        if (may_be_new_period(ctx, t)) t = co_await attempt(ctx, q, others.front());
        trials.push_back(std::move(t));
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::quota::exact_limit
