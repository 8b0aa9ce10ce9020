#include "harness/traffic/run.hpp"

#include "harness/base/fatal.hpp"
#include "harness/net/core.hpp"
#include "harness/traffic/worker.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::traffic {

using core_results = std::vector<std::unique_ptr<core_result>>;

// The frame of `run` owns what is referred to, and outlives the cores.
static asio::awaitable<void>
live(inputs const& in, std::size_t core, asio::any_io_executor executor, core_result& out)
{
    auto const w = std::make_unique<worker>(in, core, executor, out);
    co_await w->run();
}

static void check(inputs const& in)
{
    auto const any = [](std::vector<double> const& weights) {
        return std::ranges::any_of(weights, [](double w) { return w > 0; });
    };
    for (auto const& p : in.phases) {
        in.operations.weights(p);
        if (any(tenant_weights(p.tenants, in.tenants))) continue;
        throw run_error{fmt::format("traffic phase \"{}\": no tenant is ready to send", p.name)};
    }
}

static double offered(phase const& p)
{
    auto const* const open = std::get_if<open_loop>(&p.loop);
    return open ? (open->rate_per_s + open->rate_per_s_end) / 2 : 0;
}

static std::size_t participants(phase const& p, target::population const& tenants)
{
    auto const weights = tenant_weights(p.tenants, tenants);
    return static_cast<std::size_t>(std::ranges::count_if(weights, [](double w) { return w > 0; }));
}

static void add(counts& to, counts const& from)
{
    to.ok += from.ok;
    for (std::size_t e = 0; e < error_kinds; ++e) to.errors[e] += from.errors[e];
}

static phase_report merge_phase(inputs const& in, std::size_t number, core_results const& cores)
{
    auto const& p = in.phases[number];
    phase_report r{.name = p.name, .warm_up = p.warm_up, .offered_per_s = offered(p)};
    r.tenants = participants(p, in.tenants);
    auto started = steady::time_point::max();
    auto ended = steady::time_point::min();
    std::uint64_t completed = 0;
    std::chrono::nanoseconds lag{};
    for (auto const& c : cores) {
        if (number >= c->phases.size()) continue;
        auto const& t = c->phases[number];
        started = std::min(started, t.started);
        ended = std::max(ended, t.ended);
        completed += t.completed;
        lag = std::max(lag, t.lag_max);
        r.unsent += t.unsent;
        r.abandoned += t.abandoned;
        auto const& recorded = c->tally.phases()[number];
        add(r.tally, recorded.tally);
        if (recorded.latency) r.latency.merge(*recorded.latency);
    }
    r.latency.compact();
    if (started > ended) return r;
    r.started_s = seconds(started - in.how.run_start);
    r.duration_s = seconds(ended - started);
    if (r.duration_s > 0) r.achieved_per_s = static_cast<double>(completed) / r.duration_s;
    auto const lag_us = std::chrono::duration_cast<std::chrono::microseconds>(lag).count();
    r.lag_us_max = static_cast<std::uint64_t>(std::max<std::int64_t>(lag_us, 0));
    return r;
}

static void add_operations(inputs const& in, recorder const& all, report& r)
{
    auto const& entries = in.operations.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto const& from = all.operations()[i];
        if (from.tally.total() == 0) continue;
        auto& to = r.operations.emplace_back();
        to.name = entries[i].op->name;
        to.tally = from.tally;
        add(r.tally, from.tally);
        if (from.latency) {
            to.latency = *from.latency;
            to.service_time = *from.service_time;
        }
        r.latency.merge(to.latency);
        to.latency.compact();
        to.service_time.compact();
    }
}

static void add_tenants(inputs const& in, recorder const& all, report& r)
{
    for (std::size_t i = 0; i < all.tenants().size(); ++i) {
        auto const& from = all.tenants()[i];
        auto const& t = in.tenants.tenants[i];
        if (!can_send(t)) continue;
        auto& to = r.tenants.emplace_back();
        to.slug = t.slug;
        to.plan = t.plan;
        to.tally = from.tally;
        to.own_seen = from.own_seen;
        if (from.latency) to.latency = from.latency->to_fine();
    }
}

// The first `n` phases, as far as they were begun.
static std::vector<phase_report>
merge_phases(inputs const& in, core_results const& cores, std::size_t n)
{
    std::vector<phase_report> out;
    for (std::size_t i = 0; i < n; ++i) {
        auto const begun = [i](auto const& c) { return i < c->phases.size(); };
        if (!std::ranges::any_of(cores, begun)) break;
        out.push_back(merge_phase(in, i, cores));
    }
    return out;
}

// What the phases have shown up to the given one. All cores wait meanwhile.
static interim look(inputs const& in, core_results const& cores, std::size_t number)
{
    interim out{.phases = merge_phases(in, cores, number + 1), .findings = in.told->findings()};
    for (auto const& c : cores) {
        for (auto const& t : c->tally.tenants()) out.own_seen += t.own_seen;
    }
    return out;
}

static report merge(inputs const& in, core_results& cores)
{
    report r;
    r.phases = merge_phases(in, cores, in.phases.size());
    for (auto& c : cores) {
        in.told->take(c->tally.take_seconds());
        if (c != cores.front()) cores.front()->tally.merge(c->tally);
        r.findings.merge(c->findings);
        r.history.merge(c->history);
        r.bytes_scanned += c->bytes_scanned;
        r.responses_scanned += c->responses_scanned;
        r.responses_unreadable += c->responses_unreadable;
        r.interleavings += c->interleavings;
        r.connects += c->connects;
        r.reads_judged += c->reads_judged;
        r.reads_stale += c->reads_stale;
        r.serial_end = std::max(r.serial_end, c->serial_end);
        r.interrupted = r.interrupted || c->interrupted;
    }
    add_operations(in, cores.front()->tally, r);
    add_tenants(in, cores.front()->tally, r);
    r.series = in.told->finish();
    return r;
}

asio::awaitable<report>
run(target::model const& m,
    target::population const& tenants,
    evidence::canary_mint const& mint,
    evidence::identifier_index const& identifiers,
    evidence::sharing_rule sharing,
    evidence::redactor const& secrets,
    std::vector<phase> phases,
    options o)
{
    o.cores = std::max<std::size_t>(o.cores, 1);
    auto const home = co_await asio::this_coro::executor;
    auto const told = std::make_shared<collector>(o.display, o.watch);
    operation_table const operations{m};
    auto const stores = access_to_stores(m, operations, phases);
    core_results results;
    std::string stopped_after;
    inputs const* all = nullptr;
    checkpoint meeting{home, o.cores, [&](std::size_t number) {
                           if (!o.goes_on || o.goes_on(look(*all, results, number))) return true;
                           stopped_after = phases[number].name;
                           return false;
                       }};
    inputs const in{
        m,
        tenants,
        mint,
        identifiers,
        sharing,
        secrets,
        phases,
        operations,
        stores,
        o,
        home,
        told,
        meeting};
    all = &in;
    check(in);
    co_await check_access(stores, m.timeout);

    recorder::sizes const sizes{operations.entries().size(), tenants.tenants.size()};
    for (std::size_t i = 0; i < o.cores; ++i) {
        results.push_back(std::make_unique<core_result>(sizes, o.run_start));
    }
    auto const work = [&in, &results](std::size_t core, asio::any_io_executor executor) {
        return live(in, core, executor, *results[core]);
    };
    // From here on a cancellation only ends the traffic; what was measured goes to the caller.
    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    std::function<asio::awaitable<void>(std::size_t, asio::any_io_executor)> each_core = work;
    co_await net::run_on_cores(o.cores, std::move(each_core), o.stop);
    // What the cores posted last comes before this.
    co_await asio::post(home, asio::use_awaitable);
    auto merged = merge(in, results);
    merged.stopped_after = std::move(stopped_after);
    co_await asio::this_coro::throw_if_cancelled(throwing);
    co_return merged;
}

} // namespace watertight::traffic
