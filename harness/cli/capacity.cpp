#include "harness/experiment/capacity.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/cli/blocks.hpp"
#include "harness/cli/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace watertight::cli {

namespace {

/// What a step at one rate has shown.
struct step {
    double rate = 0;
    /// Empty if every criterion held.
    std::string fails;
    std::size_t criteria = 0;
    traffic::report report;
};

} // namespace

// Of fewer requests nothing is to be said.
static constexpr std::uint64_t requests_min = 20;

// The load whose rate is changed: the scenario's last one that counts.
static traffic::phase base_of(run_state const& s)
{
    auto const& all = s.plan.phases;
    auto const counts = [](traffic::phase const& p) { return !p.warm_up; };
    auto const it = std::find_if(all.rbegin(), all.rend(), counts);
    if (it == all.rend()) throw usage_error{"--find-capacity: the scenario has no traffic phase"};
    return *it;
}

static experiment::capacity_search::limits limits_of(run_state const& s, traffic::phase const& base)
{
    experiment::capacity_search::limits out;
    auto const highest = parse_rate_per_s(s.options.max_rate);
    if (highest.has_error()) throw usage_error{"--max-rate: " + highest.error().message};
    out.highest = *highest;
    // By chance fewer are sent than the rate says.
    out.lowest = 1.5 * static_cast<double>(requests_min) / seconds(base.duration);
    if (auto const* const open = std::get_if<traffic::open_loop>(&base.loop)) {
        out.first = std::max(open->rate_per_s, open->rate_per_s_end);
    }
    return out;
}

static std::vector<traffic::phase> phases_at(double rate, traffic::phase const& base)
{
    static constexpr std::size_t connections_min = 256;
    auto measured = base;
    measured.loop = traffic::open_loop{.rate_per_s = rate, .rate_per_s_end = rate};
    measured.connections_max = std::max(base.connections_max, connections_min);
    measured.decides = false;
    auto warm = measured;
    warm.name = base.name + " warm-up";
    warm.warm_up = true;
    warm.duration = std::max<std::chrono::nanoseconds>(base.duration / 5, 1s);
    return {std::move(warm), std::move(measured)};
}

// Requests that the schedule wanted and nobody sent make every latency look better than it is.
static std::string schedule_failure(traffic::phase_report const& p)
{
    static constexpr double unsent_max = 0.03;
    auto const wanted = static_cast<double>(p.tally.total() + p.unsent);
    if (static_cast<double>(p.unsent) <= unsent_max * wanted) return {};
    return fmt::format("the schedule was not kept: {} of {} requests unsent", p.unsent, wanted);
}

// Criteria that load says nothing of are left out.
static void judge(run_state const& s, step& out)
{
    verdict::run_result seen;
    add_traffic(out.report, seen);
    seen.findings = out.report.findings.sorted();
    auto const metrics = verdict::derive_metrics(seen);
    auto const& driven = out.report.phases.back();
    out.fails = schedule_failure(driven);
    if (driven.tally.total() < requests_min) {
        out.fails =
            fmt::format("{} are too few to judge by", plural(driven.tally.total(), "request"));
    }
    for (auto const& c : s.plan.criteria) {
        if (!c.require) continue;
        auto const answer = c.require->evaluate(metrics);
        if (!answer.missing.empty()) continue;
        ++out.criteria;
        if (answer.met.value_or(false) || !out.fails.empty()) continue;
        out.fails = fmt::format("{}: {} ({})", c.id, c.require->text(), answer.measured);
    }
}

static std::vector<std::string> row_of(step const& one)
{
    auto const& p = one.report.phases.back();
    auto const time = [&](double percentile) { return human(p.latency.at(percentile)); };
    return {
        fmt::format("{:.4g}/s", one.rate),
        fmt::format("{:.4g}/s", p.achieved_per_s),
        time(50),
        time(95),
        time(99),
        std::to_string(p.tally.total() - p.tally.ok),
        one.fails.empty() ? "holds" : one.fails};
}

static void tell(run_state& s, step const& one)
{
    s.result.tables.back().rows.push_back(row_of(one));
    auto const what = one.fails.empty()
                          ? (one.criteria == 1 ? "1 criterion holds"
                                               : fmt::format("all {} criteria hold", one.criteria))
                          : "does not hold: " + one.fails;
    s.display.note(fmt::format("capacity: {:.4g}/s {}", one.rate, what));
}

static asio::awaitable<step>
drive_at(run_state& s, blocks& all, traffic::phase const& base, double rate)
{
    step out;
    out.rate = rate;
    out.report = co_await all.drive(phases_at(rate, base));
    if (out.report.interrupted || out.report.phases.empty()) co_return out;
    judge(s, out);
    if (out.criteria == 0) {
        throw usage_error{
            "--find-capacity: no criterion of the scenario can be judged by load, such "
            "as latency.p95 < 500ms or errors.rate < 1%"};
    }
    tell(s, out);
    co_return out;
}

static void conclude_search(run_state& s, experiment::capacity_search const& search)
{
    s.result.metrics["capacity.rate"] = search.found();
    auto const failed = std::isfinite(search.failed())
                            ? fmt::format("not at {:.4g}/s", search.failed())
                            : "nothing higher was to be tried (--max-rate)";
    s.result.notes.push_back(
        search.found() == 0
            ? fmt::format("capacity: the criteria hold at no rate that was tried; {}", failed)
            : fmt::format(
                  "capacity: {:.4g}/s, where the criteria of load hold{}; {}",
                  search.found(),
                  search.is_settled() ? " twice" : ", though this was not tried again",
                  failed
              )
    );
    s.display.note(s.result.notes.back());
}

void check_capacity(run_state const& s)
{
    limits_of(s, base_of(s));
}

asio::awaitable<void> find_capacity(run_state& s)
{
    auto const base = base_of(s);
    experiment::capacity_search search{limits_of(s, base)};
    blocks all{s, s.options.cores, &s.display};
    s.result.tables.push_back(
        {"capacity",
         "The highest rate at which the criteria of load hold",
         {"Rate", "Achieved", "p50", "p95", "p99", "Errors", "Criteria"},
         {}}
    );
    std::optional<step> last;
    bool is_whole = true;
    for (auto rate = search.next(); rate; rate = search.next()) {
        auto one = co_await drive_at(s, all, base, *rate);
        is_whole = !one.report.interrupted;
        if (!is_whole) break;
        search.record(one.fails.empty());
        // What is reported is the run at the rate that is found.
        auto const is_best = one.fails.empty() && one.rate == search.found();
        if (is_best || !last || search.found() == 0) last = std::move(one);
    }
    if (last) s.traffic = std::move(last->report);
    // What was cut short has no capacity to tell.
    if (is_whole) conclude_search(s, search);
}

} // namespace watertight::cli
