#include "probes/quota/usage_agrees/probe.hpp"

#include "harness/probe/numbers.hpp"
#include "harness/probe/tally.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cmath>

namespace watertight::probes::quota::usage_agrees {

constexpr probe::spec spec{
    .id = "quota.usage_agrees",
    .title = "A tenant's usage figures are not what it did, or tell what another did",
    .where = probe::layer::quota,
    .kind = evidence::guarantee::service,
    .level = evidence::severity::medium,
    .cwe = "CWE-345",
    .owasp = "API6:2023",
    .asvs = "2.3.2, 16.2.1",
    .faults = "N11 N8",
    .rationale = "Figures without the tenant in them add up everybody's: bills are wrong, limits "
                 "are reached by others' doing, and each customer sees how busy the rest is.",
    .remedy = "Count where the tenant of the credentials is known, under a key that names it, and "
              "compare the sum over tenants with what the gateway saw.",
};

std::optional<std::int64_t>
step_of(probe::exchange const& first, probe::exchange const& second, std::string const& at)
{
    auto const a = probe::number_at(first, at);
    auto const b = probe::number_at(second, at);
    if (!first.success() || !second.success() || !a || !b) return std::nullopt;
    auto const step = static_cast<std::int64_t>(std::llround(*b - *a));
    if (step != 0 && step != 1) return std::nullopt;
    return step;
}

static std::optional<double> expected(trial const& t)
{
    auto const step = step_of(t.first, t.before, t.at);
    auto const was = probe::number_at(t.before, t.at);
    if (!step || !was) return std::nullopt;
    auto const looks = static_cast<std::int64_t>(t.looks) * *step;
    return *was + static_cast<double>(t.done) + static_cast<double>(looks);
}

bool agrees(trial const& t)
{
    auto const wanted = expected(t);
    auto const is = probe::number_at(t.after, t.at);
    return wanted && is && *wanted == *is;
}

static void judge_doer(trial const& t, probe::conclusion& out)
{
    if (agrees(t)) return;
    probe::violation v;
    v.victim = t.doer;
    v.channel = t.after.channel;
    v.detail = fmt::format(
        "{}: it went from {} to {} by {} that were counted here; {} was expected.",
        t.figure,
        probe::number_at(t.before, t.at).value_or(0),
        probe::number_at(t.after, t.at).value_or(0),
        t.done,
        *expected(t)
    );
    v.position = t.at;
    v.exchanges = {t.before, t.after};
    out.violations.push_back(std::move(v));
}

static void judge_idler(trial const& t, probe::conclusion& out)
{
    if (t.idle.size() < 3) return;
    auto const step = step_of(t.idle[0], t.idle[1], t.at);
    auto const was = probe::number_at(t.idle[1], t.at);
    auto const is = probe::number_at(t.idle[2], t.at);
    if (!step || !was || !is || *is == *was + static_cast<double>(*step)) return;
    // What it shows must be of the doing: something else may have moved it a little.
    if (*is - *was < static_cast<double>(t.done)) return;
    probe::violation v;
    v.victim = t.doer;
    v.intruder = t.idler;
    v.channel = t.idle[2].channel;
    v.detail = fmt::format(
        "{}: a tenant that did nothing sees it go from {} to {} while another does {}.",
        t.figure,
        *was,
        *is,
        t.done
    );
    v.position = t.at;
    v.exchanges = {t.idle[1], t.idle[2]};
    v.kind = evidence::guarantee::unobservability;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const figure = "usage " + t.figure;
        if (!t.failure.empty()) {
            seen.undecided(figure, t.failure);
        } else if (!expected(t) || !t.after.success()) {
            seen.undecided(figure, "there is no figure at " + t.at + " that stands still");
        } else {
            seen.decided(figure);
            judge_doer(t, out);
            judge_idler(t, out);
        }
    }
    seen.finish(out);
    return out;
}

// A read that any user may send, as often as one likes.
static asio::awaitable<std::uint64_t> send_requests(probe::context& ctx, tenant_index t)
{
    static constexpr std::uint64_t requests = 9;
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (read.of == nullptr || !read.of->parent.empty() || !read.op->as.empty()) continue;
        std::uint64_t sent = 0;
        for (auto i = requests; i > 0; --i) {
            auto const& actors = ctx.tenant(t).actors;
            auto& who = ctx.tenant(t).actors[i % actors.size()];
            auto const e = co_await probe::send_once(ctx, *read.op, who);
            if (e.success()) ++sent;
        }
        co_return sent;
    }
    co_return 0;
}

static asio::awaitable<std::uint64_t>
make_objects(probe::context& ctx, target::resource const& r, tenant_index t)
{
    static constexpr std::uint64_t objects = 3;
    std::uint64_t made = 0;
    co_await probe::ensure_parents(ctx, r, ctx.actor(t));
    for (std::uint64_t i = 0; i < objects; ++i) {
        auto const one = co_await probe::create_once(ctx, r, ctx.actor(t));
        if (one.answer.success()) ++made;
    }
    co_return made;
}

// Looks until the figure agrees, or the time that the scenario grants is over.
static asio::awaitable<void> settle(probe::context& ctx, target::operation const& op, trial& t)
{
    auto const end = steady::now() + op.within;
    for (t.looks = 1;; ++t.looks) {
        t.after = co_await ctx.send(op, ctx.actor(t.doer));
        if (agrees(t) || steady::now() >= end) co_return;
        asio::steady_timer alarm{co_await asio::this_coro::executor};
        alarm.expires_after(std::chrono::milliseconds{50});
        co_await alarm.async_wait(asio::use_awaitable);
    }
}

static asio::awaitable<trial>
attempt(probe::context& ctx, target::usage_figure const& f, tenant_index doer, tenant_index idler)
{
    trial t;
    t.figure = f.name;
    t.at = f.at;
    t.doer = doer;
    t.idler = idler;
    auto const* const op = ctx.model().find_operation(f.operation);
    auto const* const r = ctx.model().find_resource(f.counts);
    if (op == nullptr || (f.counts != "requests" && (r == nullptr || !r->create))) {
        t.failure = "nothing can be done that it counts";
        co_return t;
    }
    for (int i = 0; i < 2; ++i) {
        auto e = co_await ctx.send(*op, ctx.actor(idler));
        t.idle.push_back(std::move(e));
    }
    t.first = co_await ctx.send(*op, ctx.actor(doer));
    t.before = co_await ctx.send(*op, ctx.actor(doer));
    if (r == nullptr) {
        t.done = co_await send_requests(ctx, doer);
    } else {
        t.done = co_await make_objects(ctx, *r, doer);
    }
    if (t.done == 0) t.failure = "nothing that it counts succeeded";
    co_await settle(ctx, *op, t);
    auto last = co_await ctx.send(*op, ctx.actor(idler));
    t.idle.push_back(std::move(last));
    co_return t;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& figures = ctx.promised().usage;
    auto const others = ctx.tenants();
    if (figures.empty() || !probe::takes_guests(ctx) || others.empty()) {
        out.not_applicable = figures.empty() ? "the scenario describes no usage figures"
                                             : "it takes a tenant that the run can make";
        co_return out;
    }
    target::tenant_shape const plain;
    auto const made = co_await probe::invite(ctx, plain);
    if (made.tenant == nullptr) {
        out.add_undecided(made.failure);
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& f : figures) {
        auto t = co_await attempt(ctx, f, made.tenant->index, others.front());
        trials.push_back(std::move(t));
    }
    co_await probe::dismiss(ctx, *made.tenant);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::quota::usage_agrees
