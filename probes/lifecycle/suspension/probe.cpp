#include "probes/lifecycle/suspension/probe.hpp"

#include "harness/probe/tally.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace watertight::probes::lifecycle::suspension {

constexpr probe::spec spec{
    .id = "lifecycle.suspension",
    .title = "A tenant that is out of service is served, or one that is back is not",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::service,
    .level = evidence::severity::high,
    .cwe = "CWE-613",
    .owasp = "API2:2023",
    .asvs = "7.4.1, 8.3.2",
    .faults = "L6",
    .rationale = "The log-in asks for the tenant's status, and nothing else does: sessions go on, "
                 "API keys never ask, and of several states only the first is refused.",
    .remedy = "Ask for the tenant's status where the tenant is found, on each request and for each "
              "kind of credential, and serve for one status alone: active.",
};

static bool shows_own(probe::exchange const& e)
{
    return e.success() && e.token_of(e.tenant) != nullptr;
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const channel = t.way + ", " + t.state;
    if (!shows_own(t.before)) {
        seen.undecided(channel, "it showed nothing before: " + probe::summary(t.before));
        return;
    }
    if (!t.changed.success()) {
        seen.undecided(channel, "the state could not be changed: " + probe::summary(t.changed));
        return;
    }
    auto const should_work = t.state == "reactivated";
    if (t.after.answered && t.after.undecided()) {
        seen.undecided(channel, "it fails: " + probe::summary(t.after));
        return;
    }
    seen.decided(channel);
    if (shows_own(t.after) == should_work) return;
    probe::violation v;
    v.victim = t.before.tenant;
    v.channel = t.before.channel;
    v.detail = should_work
                   ? fmt::format("{}: the tenant is back in service and is not served.", t.way)
                   : fmt::format("{}: the tenant is {} and is served.", t.way, t.state);
    if (should_work) {
        v.level = evidence::severity::medium;
    } else {
        v.token = t.after.token_of(t.before.tenant)->token;
        v.position = probe::position(t.after, *t.after.token_of(t.before.tenant));
    }
    v.exchanges = {t.before, t.changed, t.after};
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

// A read, who sends it, and how it names the tenant.
struct way {
    target::operation const* op = nullptr;
    target::actor* who = nullptr;
    std::optional<std::size_t> channel{};
    probe::exchange before{};
    /// Of which object, where it reads one.
    target::object const* object = nullptr;
};

static std::string describe(probe::context& ctx, way const& w)
{
    auto const by = w.channel ? " by " + ctx.model().identity[*w.channel].describe() : "";
    return fmt::format("{}{} as {}", w.op->name, by, w.who->role);
}

static asio::awaitable<probe::exchange> send(probe::context& ctx, way const& w)
{
    auto options = w.object == nullptr ? probe::request_options{} : probe::about(ctx, *w.object);
    if (w.channel) {
        auto const& channel = ctx.model().identity[*w.channel];
        options.changes.identity.emplace();
        options.changes.identity->emplace_back(
            *w.channel, probe::render_for(ctx, channel.value, w.who->tenant)
        );
    }
    return ctx.send(*w.op, *w.who, std::move(options));
}

// Where nothing but the path says which tenant is meant, a request without it is about the user,
// who may belong to others as well.
static bool is_about_user(probe::context& ctx, target::operation const& op)
{
    auto const& channels = ctx.model().identity;
    return !channels.empty() && !probe::names_tenant(op) &&
           std::ranges::all_of(channels, [](auto const& channel) {
               return channel.type == target::identity_channel::kind::path;
           });
}

// Every read of a user's own by its session or key, and the first of them by each channel alone.
static asio::awaitable<std::vector<way>> ways_that_work(probe::context& ctx, target::tenant& t)
{
    using kind = target::identity_channel::kind;
    // Each read has a handler, a guard or a cache of its own.
    static constexpr std::size_t reads_max = 64;
    std::vector<way> all;
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (all.size() == reads_max) break;
        if (is_about_user(ctx, *read.op)) continue;
        if (read.of == nullptr || read.of->parent.empty()) {
            all.push_back({read.op, &t.actors.front(), std::nullopt, {}});
        }
    }
    for (std::size_t i = 0; !all.empty() && i < ctx.model().identity.size(); ++i) {
        auto const& channel = ctx.model().identity[i];
        auto const is_sent = channel.type != kind::path && channel.type != kind::jwt;
        if (is_sent) all.push_back({all.front().op, &t.actors.front(), i, {}});
    }
    for (auto const& read : probe::object_reads(ctx.model())) {
        auto const* const object = probe::pick_object(ctx, t.index, *read.of, 0);
        if (object == nullptr || all.size() >= reads_max) continue;
        all.push_back({read.op, &t.actors.front(), std::nullopt, {}, object});
    }
    if (!all.empty() && t.actors.size() > 1) {
        all.push_back({all.front().op, &t.actors.back(), std::nullopt, {}});
    }
    std::vector<way> out;
    for (auto& w : all) {
        w.before = co_await send(ctx, w);
        if (shows_own(w.before)) out.push_back(std::move(w));
    }
    co_return out;
}

// Reads until the answer is as the state demands, or the time that the scenario grants the change
// (its `within`) is over: instances may know of it a little later.
static asio::awaitable<probe::exchange>
send_until(probe::context& ctx, way const& w, bool should_work, steady::time_point end)
{
    while (true) {
        auto e = co_await send(ctx, w);
        if (shows_own(e) == should_work || steady::now() >= end) co_return e;
        asio::steady_timer alarm{co_await asio::this_coro::executor};
        alarm.expires_after(std::chrono::milliseconds{100});
        co_await alarm.async_wait(asio::use_awaitable);
    }
}

static asio::awaitable<void> change_state(
    probe::context& ctx,
    target::operation const& how,
    std::string state,
    std::vector<way> const& ways,
    std::vector<trial>& out
)
{
    auto& who = *ways.front().who;
    auto const changed = co_await ctx.send(how, who);
    auto const end = steady::now() + how.within;
    for (auto const& w : ways) {
        trial t;
        t.state = state;
        t.way = describe(ctx, w);
        t.before = w.before;
        t.changed = changed;
        t.after = co_await send_until(ctx, w, state == "reactivated", end);
        out.push_back(std::move(t));
    }
}

// A session may well have ended with the service: a new one counts, too.
static asio::awaitable<void>
log_in_again(probe::context& ctx, std::vector<trial>& trials, std::vector<way> const& ways)
{
    auto const first = trials.size() - ways.size();
    for (std::size_t i = 0; i < ways.size(); ++i) {
        auto& t = trials[first + i];
        if (shows_own(t.after) || !ctx.model().login.login) continue;
        auto const session = co_await ctx.log_in(*ways[i].who);
        if (session.has_value()) t.after = co_await send(ctx, ways[i]);
    }
}

static asio::awaitable<void>
go_through(probe::context& ctx, target::tenant& t, std::vector<trial>& out)
{
    auto const& how = ctx.shop().how;
    for (auto const& r : ctx.model().resources) {
        if (!r.create || !r.parent.empty() || r.is_shared) continue;
        for (auto& who : t.actors) static_cast<void>(co_await ctx.create_object(r, who));
    }
    auto const ways = co_await ways_that_work(ctx, t);
    if (ways.empty()) co_return;
    if (how.suspend) {
        co_await change_state(ctx, *how.suspend, "suspended", ways, out);
        if (how.reactivate) {
            co_await change_state(ctx, *how.reactivate, "reactivated", ways, out);
            co_await log_in_again(ctx, out, ways);
        }
    }
    if (how.cancel && (how.reactivate || !how.suspend)) {
        co_await change_state(ctx, *how.cancel, "cancelled", ways, out);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& how = ctx.shop().how;
    if ((!how.suspend && !how.cancel) || !probe::takes_guests(ctx)) {
        out.not_applicable =
            "it takes a tenant of the run's making, and tenants.suspend or tenants.cancel";
        co_return out;
    }
    target::tenant_shape const plain;
    auto const made = co_await probe::invite(ctx, plain);
    if (made.tenant == nullptr) {
        out.add_undecided(made.failure);
        co_return out;
    }
    std::vector<trial> trials;
    co_await go_through(ctx, *made.tenant, trials);
    co_await probe::dismiss(ctx, *made.tenant);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::suspension
