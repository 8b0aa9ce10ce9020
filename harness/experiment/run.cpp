#include "harness/experiment/run.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/out_of_reach.hpp"
#include "harness/drill/steps.hpp"
#include "harness/experiment/change.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <array>

namespace watertight::experiment {

// Answers that fail are often quick: an arm that has many of them is no faster.
static constexpr double failed_share_max = 0.01;
static constexpr std::size_t step_connections_max = 4;

arm_id arm_of_block(std::size_t block) noexcept
{
    auto const place = block % 4;
    return place == 0 || place == 3 ? arm_id::a : arm_id::b;
}

static std::size_t number_of(arm_id which)
{
    return which == arm_id::a ? 0 : 1;
}

namespace {

// One experiment while it goes on. Lives in the frame of `run`.
class session {
public:
    session(
        asio::any_io_executor const& core,
        plan const& p,
        surroundings const& s,
        verdict::experiment_outcome& out
    )
        : plan_{p},
          around_{s},
          out_{out},
          client_{core, s.steps.model.base, s.steps.model.connection, step_connections_max},
          tools_{s.steps, client_}
    {
    }

    asio::awaitable<void> go();
    asio::awaitable<void> put_back();

private:
    asio::awaitable<bool> carry_out_all(std::vector<drill::step> const& steps, std::string phase);
    asio::awaitable<void> put_back_all(std::vector<drill::step> const& steps);
    asio::awaitable<bool> measure(arm_id which);
    asio::awaitable<std::optional<std::uint64_t>> queries_now();
    bool note_block(arm_id which, traffic::report const& r);

    plan const& plan_;
    surroundings const& around_;
    verdict::experiment_outcome& out_;
    net::http_client client_;
    drill::step_tools tools_;
    bool was_prepared_ = false;
    std::array<bool, 2> was_set_up_{};
};

} // namespace

// @return whether all of them succeeded; after a failure those that follow are left out.
asio::awaitable<bool>
session::carry_out_all(std::vector<drill::step> const& steps, std::string phase)
{
    for (auto const& step : steps) {
        auto done = co_await drill::carry_out(step, phase, tools_);
        if (!done.ok) {
            out_.note = fmt::format("the step \"{}\" failed: {}", done.name, done.output);
            co_return false;
        }
    }
    co_return true;
}

asio::awaitable<void> session::put_back_all(std::vector<drill::step> const& steps)
{
    for (auto const& step : steps) {
        auto const done = co_await drill::carry_out(step, "restore", tools_);
        if (!done.ok) out_.not_restored.push_back(done.name + ": " + done.output);
    }
}

asio::awaitable<void> session::put_back()
{
    // What was begun may have happened in part, so that it is undone whether or not it succeeded.
    if (was_set_up_[1]) co_await put_back_all(plan_.b.restore);
    if (was_set_up_[0]) co_await put_back_all(plan_.a.restore);
    if (was_prepared_) co_await put_back_all(plan_.restore);
}

asio::awaitable<std::optional<std::uint64_t>> session::queries_now()
{
    if (!around_.count_queries) co_return std::nullopt;
    auto counted = around_.count_queries();
    co_return co_await std::move(counted);
}

bool session::note_block(arm_id which, traffic::report const& r)
{
    auto& to = out_.arms[number_of(which)];
    to.requests += r.tally.total();
    to.failed += r.tally.failed();
    if (r.latency.count() == 0) {
        out_.note = fmt::format("nothing was answered in a block of arm {}", to.name);
        return false;
    }
    auto const us = plan_.of_block == statistic::mean
                        ? r.latency.mean_us()
                        : static_cast<double>(r.latency.at(50).count());
    to.latency_us.push_back(us);
    return true;
}

asio::awaitable<bool> session::measure(arm_id which)
{
    if (plan_.settle > std::chrono::nanoseconds{0}) {
        auto settling = plan_.load;
        settling.duration = plan_.settle;
        auto driven = around_.drive(std::move(settling));
        auto const ignored = co_await std::move(driven);
        if (ignored.interrupted) co_return false;
    }
    auto const before = co_await queries_now();
    auto driven = around_.drive(plan_.load);
    auto const report = co_await std::move(driven);
    auto const after = co_await queries_now();
    if (report.interrupted) co_return false;
    if (!note_block(which, report)) co_return false;
    auto const requests = static_cast<double>(report.tally.total());
    // The first of the two counts is itself a statement.
    if (before && after && *after > *before && requests > 0) {
        auto const queries = static_cast<double>(*after - *before - 1);
        out_.arms[number_of(which)].queries.push_back(queries / requests);
    }
    co_return true;
}

asio::awaitable<void> session::go()
{
    was_prepared_ = true;
    auto const prepared = co_await carry_out_all(plan_.prepare, "prepare");
    if (!prepared) co_return;
    auto const blocks = 4 * plan_.rounds;
    around_.steps.display.begin("experiment " + plan_.name, blocks);
    std::optional<arm_id> now;
    for (std::size_t i = 0; i < blocks; ++i) {
        auto const which = arm_of_block(i);
        if (now != which) {
            was_set_up_[number_of(which)] = true;
            auto const& steps = which == arm_id::a ? plan_.a.set_up : plan_.b.set_up;
            auto const is_set_up = co_await carry_out_all(steps, "set-up");
            if (!is_set_up) co_return;
            now = which;
        }
        auto const measured = co_await measure(which);
        if (!measured) co_return;
        around_.steps.display.update(i + 1, out_.arms[number_of(which)].name);
    }
}

static std::string in_words(verdict::experiment_outcome const& out)
{
    if (!out.latency) return out.note;
    return fmt::format(
        "latency {:+.1f} % ({:+.1f} to {:+.1f})",
        100 * out.latency->estimate,
        100 * out.latency->low,
        100 * out.latency->high
    );
}

void conclude(verdict::experiment_outcome& out)
{
    if (!out.note.empty()) return;
    auto const& a = out.arms[0];
    auto const& b = out.arms[1];
    for (auto const* const arm : {&a, &b}) {
        auto const all = static_cast<double>(arm->requests);
        if (static_cast<double>(arm->failed) <= failed_share_max * all) continue;
        out.note = fmt::format(
            "{} of {} requests failed in arm {}, and what fails is no measure of speed",
            arm->failed,
            arm->requests,
            arm->name
        );
        return;
    }
    out.latency = relative_change(a.latency_us, b.latency_us);
    if (!out.latency) out.note = "the blocks' latencies vary too much for an interval";
    if (a.queries.size() == a.latency_us.size() && b.queries.size() == b.latency_us.size()) {
        out.queries = relative_change(a.queries, b.queries);
    }
}

asio::awaitable<void> run(plan const& p, surroundings const& s, verdict::experiment_outcome& out)
{
    auto const core = co_await asio::this_coro::executor;
    auto const begun = steady::now();
    out.name = p.name;
    out.statistic = p.of_block == statistic::mean ? "mean" : "median";
    out.started_s = seconds(begun - s.steps.run_start);
    out.arms.resize(2);
    out.arms[0].name = "a";
    out.arms[1].name = "b";
    session now{core, p, s, out};
    std::exception_ptr ended_by;
    try {
        co_await now.go();
    } catch (...) {
        ended_by = std::current_exception();
    }
    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto back = now.put_back();
    co_await drill::out_of_reach(std::move(back));
    auto const state = co_await asio::this_coro::cancellation_state;
    auto const is_cancelled = state.cancelled() != asio::cancellation_type::none;
    co_await asio::this_coro::throw_if_cancelled(throwing);

    auto const interrupted = ended_by ? drill::is_cancellation(ended_by) : is_cancelled;
    if (interrupted) out.note = "it was interrupted";
    conclude(out);
    out.duration_s = seconds(steady::now() - begun);
    s.steps.display.end(in_words(out));
    if (ended_by) std::rethrow_exception(ended_by);
}

} // namespace watertight::experiment
