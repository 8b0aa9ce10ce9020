#include "harness/cli/load.hpp"

#include "harness/cli/metrics.hpp"
#include "harness/cli/outcome.hpp"
#include "harness/net/task_group.hpp"
#include "harness/resources/sampler.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace watertight::cli {

static constexpr auto sample_interval = 1s;

// The frame of drive_traffic owns the sampler and joins this.
static asio::awaitable<void> watch(resources::sampler& eye)
{
    asio::steady_timer alarm{co_await asio::this_coro::executor};
    while (true) {
        eye.sample(steady::now());
        alarm.expires_after(sample_interval);
        co_await alarm.async_wait(asio::use_awaitable);
    }
}

static void add_resources(resources::sampler const& eye, std::map<std::string, double>& metrics)
{
    for (auto const& [name, used] : eye.usages()) {
        auto const prefix = name.empty() ? std::string{"server."} : "server." + name + ".";
        if (used.cpu) metrics[prefix + "cpu"] = *used.cpu;
        if (used.cpu_max) metrics[prefix + "cpu_max"] = *used.cpu_max;
        auto const count = [&](char const* what, std::optional<std::uint64_t> const& n) {
            if (n) metrics[prefix + what] = static_cast<double>(*n);
        };
        count("memory_max", used.memory_bytes_max);
        count("connections_max", used.connections_max);
    }
}

verdict::phase_outcome outcome_of(traffic::phase_report const& p)
{
    verdict::phase_outcome out;
    out.name = p.name;
    out.kind = "traffic";
    out.started_s = p.started_s;
    out.duration_s = p.duration_s;
    out.offered_per_s = p.offered_per_s;
    out.achieved_per_s = p.achieved_per_s;
    out.unsent = p.unsent;
    out.lag_us_max = p.lag_us_max;
    if (p.warm_up) out.note = "warm-up, not counted";
    out.tenants = p.tenants;
    out.ok = p.tally.ok;
    out.errors = errors_by_name(p.tally);
    out.latency = summarise(p.latency, true);
    return out;
}

// Whether the last phase's requirement holds. What has no value does not hold: nothing is rolled
// out further on the strength of what could not be measured.
static bool goes_on(run_state& s, traffic::interim const& seen)
{
    auto const& name = seen.phases.back().name;
    auto const stop = s.plan.stops.find(name);
    if (stop == s.plan.stops.end()) return true;
    verdict::run_result glance;
    for (auto const& p : seen.phases) glance.phases.push_back(outcome_of(p));
    auto metrics = verdict::derive_metrics(glance);
    if (seen.own_seen > 0) metrics["findings.traffic"] = static_cast<double>(seen.findings);
    if (auto const baseline = read_baseline(s.options.baseline)) {
        for (auto const& [metric, value] : baseline->metrics) metrics["baseline." + metric] = value;
    }
    auto const answer = stop->second.evaluate(metrics);
    if (answer.met.value_or(false)) return true;
    auto const why = answer.met ? "does not hold" : "could not be decided";
    s.result.notes.push_back(fmt::format(
        "traffic ended after phase {}: {} {} ({})", name, stop->second.text(), why, answer.measured
    ));
    s.display.note(s.result.notes.back());
    return false;
}

asio::awaitable<void> drive_traffic(run_state& s)
{
    store_counters const before = co_await read_counters(s);
    traffic::options options;
    options.cores = s.options.cores;
    options.seed = s.result.seed;
    options.display = &s.display;
    options.watch = s.live;
    options.run_start = s.began;
    options.goes_on = [&s](traffic::interim const& seen) { return goes_on(s, seen); };
    auto const phases = s.plan.phases;
    auto rules = sharing_rules(s.plan.target.shared, s.made);

    resources::sampler eye{s.plan.processes, resources::proc_files{}};
    net::task_group watching{s.loop.get_executor(), 1};
    if (!s.plan.processes.empty()) watching.try_spawn(watch(eye));
    std::exception_ptr failed;
    try {
        s.traffic = co_await traffic::run(
            s.plan.target, s.made, s.mint, s.identifiers, rules, s.secrets, phases, options
        );
    } catch (...) {
        failed = std::current_exception();
    }
    if (!s.plan.processes.empty()) eye.sample(steady::now());
    watching.cancel();
    // An interrupted run, too, must see its tasks end.
    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await watching.join();
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (failed) std::rethrow_exception(failed);
    add_resources(eye, s.result.metrics);
    s.findings.merge(s.traffic->findings);
    auto const after = co_await read_counters(s);
    add_counter_metrics(before, after, *s.traffic, s.result.metrics);
}

} // namespace watertight::cli
