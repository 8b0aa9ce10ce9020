// What a drill does beside the one way there and back: validation, a step killed, several sizes.
#include "harness/base/text.hpp"
#include "harness/drill/command.hpp"
#include "harness/drill/extrapolate.hpp"
#include "harness/drill/phases.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace watertight::drill {

// @return false if the second run of the forward steps fails.
asio::awaitable<bool> rehearsal::validate()
{
    around_.display.begin("validation", 0);
    if (!validator_) validator_.emplace(plan_, around_, traffic_, learner_);
    auto& judge = *validator_;
    co_await judge.look(verifier_.before(), verifier_.shapes_before());
    bool ok = true;
    if (plan_.validate->repeat) {
        ok = co_await carry_out_all(plan_.forward, "forward again", true);
        if (ok) co_await judge.look_again();
    }
    around_.display.end(ok ? "looked at" : "failed");
    co_return ok;
}

// `s` and `around` outlive it: whoever spawned it joins it.
static asio::awaitable<void>
run_until_killed(command_step const& s, surroundings const& around, bool& has_ended)
{
    auto const end = co_await run_command(s.arguments, around.environment, std::chrono::hours{1});
    has_ended = end.has_value() || end.has_error();
}

asio::awaitable<void> rehearsal::interrupt(step const& s)
{
    auto const* const command = std::get_if<command_step>(&s.action);
    if (command == nullptr) co_return;
    auto const begun = steady::now();
    bool has_ended = false;
    net::task_group running{core_, 1};
    running.try_spawn(run_until_killed(*command, around_, has_ended));
    asio::steady_timer alarm{core_};
    auto const after = plan_.validate->interrupt->after;
    alarm.expires_after(std::chrono::duration_cast<steady::duration>(after));
    std::exception_ptr ended_by;
    try {
        co_await alarm.async_wait(asio::use_awaitable);
    } catch (...) {
        ended_by = std::current_exception();
    }
    running.cancel();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await running.join();
    co_await asio::this_coro::throw_if_cancelled(true);
    if (ended_by) std::rethrow_exception(ended_by);
    verdict::drill_step told;
    told.name = s.name + " (killed)";
    told.kind = "command";
    told.phase = "forward";
    told.started_s = seconds(begun - around_.run_start);
    told.duration_s = seconds(steady::now() - begun);
    told.ok = true;
    told.output = has_ended ? "ended before it could be killed after " + human(after)
                            : "killed after " + human(after) + "; run again from the start";
    if (has_ended) trial_notes_.push_back(s.name + ": " + told.output);
    out_.steps.push_back(std::move(told));
}

// One round with data of one size. @return false if a step failed.
asio::awaitable<bool> rehearsal::time_size(
    std::uint64_t size, std::vector<timed_size>& there, std::vector<timed_size>& back
)
{
    tools_.size = size;
    auto const phase = fmt::format("size {}", size);
    auto const made = co_await carry_out_all(plan_.extrapolate->prepare, phase, true);
    if (!made) co_return false;
    auto const n = static_cast<double>(size);
    auto begun = steady::now();
    auto const ok = co_await carry_out_all(plan_.forward, phase, true);
    there.push_back({n, seconds(steady::now() - begun)});
    begun = steady::now();
    auto const is_back = co_await carry_out_all(plan_.rollback, phase, false);
    back.push_back({n, seconds(steady::now() - begun)});
    co_return ok&& is_back;
}

asio::awaitable<void> rehearsal::measure_sizes()
{
    std::vector<timed_size> there;
    std::vector<timed_size> back;
    bool ok = true;
    for (auto const size : plan_.extrapolate->sizes) {
        if (ok) ok = co_await time_size(size, there, back);
    }
    // Nothing is what was there before the first size.
    tools_.size = 0;
    auto const cleared = co_await carry_out_all(plan_.extrapolate->prepare, "size 0", false);
    tools_.size.reset();
    if (!ok || !cleared) {
        trial_notes_.emplace_back("not extrapolated: a step failed with one of the sizes");
        co_return;
    }
    auto const to = static_cast<double>(plan_.extrapolate->to);
    auto const forward = continue_to(there, to);
    trial_notes_.push_back(describe("the way there", there, forward));
    if (plan_.rollback.empty()) co_return;
    auto const execution = continue_to(back, to);
    trial_notes_.push_back(describe("execution of the rollback", back, execution));
    auto const limit = plan_.limits.execution;
    if (!limit || execution.low <= seconds(*limit)) co_return;
    auto f = make_finding("drill.extrapolation", evidence::severity::high, "drill execution");
    f.title = "With the data that is meant, the rollback would exceed its budget";
    f.detail = "This is " + trial_notes_.back() + "; the budget is " + human(*limit) + ".";
    f.remedy = "Rehearse with data of that size, and find the step that grows with it.";
    trial_findings_.push_back(std::move(f));
}

} // namespace watertight::drill
