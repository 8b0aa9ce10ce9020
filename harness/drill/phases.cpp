#include "harness/drill/phases.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/drill/stragglers.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>

namespace watertight::drill {

static constexpr std::size_t connections_max = 64;
static constexpr std::size_t failures_told_max = 3;
static constexpr std::size_t step_connections_max = 4;

rehearsal::rehearsal(asio::any_io_executor core, plan const& p, surroundings& s)
    : core_{core},
      plan_{p},
      around_{s},
      client_{core, s.model.base, s.model.connection, connections_max},
      step_client_{core, s.model.base, s.model.connection, step_connections_max},
      tools_{s, step_client_},
      traffic_{p, s, client_},
      learner_{p, s, traffic_},
      verifier_{p, s, traffic_, learner_},
      backups_{p, s, traffic_},
      background_{core, 1},
      window_{core, 2},
      invariants_{p, tools_},
      watching_{core, 1}
{
    events_.run_start = s.run_start;
    tools_.files = s.files;
    tools_.versions = [this](auto since) { return traffic_.versions(since); };
    if (s.earlier != nullptr) {
        traffic_.take_up(s.earlier->past.writes);
        backups_.take_up(s.earlier->past);
        learner_.take_up(s.earlier->past);
    }
    if (s.log == nullptr) return;
    tools_.session_name = session_name(s.tenants.run_id);
    tools_.on_start = [log = s.log](pid_t process) { log->started(process); };
}

asio::awaitable<bool> rehearsal::prepare()
{
    if (plan_.empty()) {
        out_.note = "the scenario has no rollback steps";
        co_return false;
    }
    auto const& base = around_.model.base;
    auto const allowed = around_.model.allow.check(base.host, base.port);
    if (allowed.has_error()) {
        out_.note = allowed.error().message;
        co_return false;
    }
    if (around_.earlier != nullptr) {
        // What the killed drill began may still go on without it, and would undo what is done now.
        co_await end_stragglers(plan_, around_);
    }
    if (plan_.extrapolate && around_.earlier == nullptr) co_await measure_sizes();
    auto const known = co_await know_before();
    if (known.has_error()) {
        out_.note = "nothing was done, for the data cannot be fingerprinted: " +
                    around_.secrets.redact(known.error().message);
        co_return false;
    }
    auto const learned = co_await invariants_.learn();
    if (learned.has_error()) {
        out_.note = "nothing was done: " + around_.secrets.redact(learned.error().message);
        co_return false;
    }
    // From here on there is a way back to take, whatever happens.
    touched_ = around_.earlier != nullptr && !around_.earlier->past.steps.empty();
    co_return true;
}

// What was there before the first step: as it is now, or as the drill that was killed had kept it.
asio::awaitable<result<void>> rehearsal::know_before()
{
    if (around_.earlier != nullptr && !around_.earlier->past.steps.empty()) {
        auto const& past = around_.earlier->past;
        auto const has_written = !past.kept_as("traffic").empty();
        co_return verifier_.take_up(past.kept_as("before"), has_written);
    }
    around_.display.begin("fingerprint", 0);
    auto const looked = co_await verifier_.look_before();
    if (looked.has_error()) co_return looked.error();
    if (plan_.validate) {
        validator_.emplace(plan_, around_, traffic_, learner_);
        auto const seen = co_await validator_->look_before(verifier_.before());
        if (seen.has_error()) co_return seen.error();
    }
    if (around_.log != nullptr) around_.log->keep("before", verifier_.kept());
    around_.display.end(plural(verifier_.tables_before(), "table"));
    co_return result<void>{};
}

bool rehearsal::only_goes_back() const noexcept
{
    return around_.earlier != nullptr && around_.earlier->next.way == way_on::back;
}

static std::chrono::nanoseconds baseline_of(unfinished const& past)
{
    std::chrono::nanoseconds::rep count = 0;
    auto const text = past.kept_as("baseline");
    std::from_chars(text.data(), text.data() + text.size(), count);
    return std::chrono::nanoseconds{count};
}

asio::awaitable<bool> rehearsal::baseline()
{
    if (plan_.traffic.empty()) co_return true;
    around_.display.begin("baseline", 0);
    if (around_.log != nullptr) around_.log->keep("traffic", "begun");
    background_.try_spawn(traffic_.drive(core_));
    if (touched_) {
        // The system is between two states now; the baseline is that of before.
        baseline_p95_ = baseline_of(around_.earlier->past);
        co_return true;
    }
    asio::steady_timer pause{core_};
    pause.expires_after(std::chrono::duration_cast<steady::duration>(plan_.baseline_for));
    co_await pause.async_wait(asio::use_awaitable);

    auto const& answers = traffic_.answers();
    auto const good = std::ranges::count_if(answers, &answer::ok);
    baseline_p95_ = p95_of(answers);
    if (around_.log != nullptr)
        around_.log->keep("baseline", std::to_string(baseline_p95_.count()));
    around_.display.end(
        fmt::format("{} of {} good, p95 {}", good, answers.size(), human(baseline_p95_))
    );
    if (static_cast<std::size_t>(good) * 2 > answers.size()) {
        co_await learner_.end_baseline(verifier_.before());
        co_await read_once_each(traffic_, around_, client_);
        traffic_.old_system_ends();
        co_return true;
    }
    auto failures = traffic_.failures();
    failures.resize(std::min(failures.size(), failures_told_max));
    out_.note = fmt::format(
        "nothing was done, for the target does not answer well as it is: {} of {} requests; {}",
        good,
        answers.size(),
        join(failures, ", ")
    );
    co_return false;
}

bool rehearsal::was_done_before(std::string const& phase, std::size_t step) const
{
    return around_.earlier != nullptr &&
           around_.earlier->past.state_of(phase, step) == step_state::done;
}

// Steps that are carried out to measure or to validate are no part of the way there and back.
static bool is_journalled(std::string_view phase)
{
    static constexpr std::string_view all[] = {
        "forward", "stages", "injection", "execution", "finally"};
    return std::ranges::find(all, phase) != std::end(all);
}

// A journal that cannot be written stops the way forward; the way back goes on without it.
void rehearsal::log_step(
    std::string const& phase, std::size_t number, std::function<void(journal&)> say
)
{
    if (around_.log == nullptr || !is_journalled(phase)) return;
    try {
        say(*around_.log);
    } catch (run_error const& e) {
        if (phase == "forward" || phase == "stages" || phase == "injection") throw;
        around_.display.note(fmt::format("{} step {}: {}", phase, number + 1, e.what()));
    }
}

// A step that puts something aside or brings it back, with a look at what there is.
asio::awaitable<verdict::drill_step> rehearsal::carry_out_kept(step const& s, std::string phase)
{
    auto const why_not = backups_.reason_to_leave_out(s);
    if (!why_not.empty()) {
        verdict::drill_step out;
        out.name = s.name;
        out.kind = kind_of(s);
        out.phase = std::move(phase);
        out.started_s = seconds(steady::now() - around_.run_start);
        out.ok = true;
        out.output = why_not;
        around_.display.note(s.name + ": " + why_not);
        co_return out;
    }
    co_await backups_.look_before(s);
    auto const begun = steady::now();
    auto out = co_await carry_out(s, phase, tools_);
    span_of_time const took{begun, steady::now()};
    if (out.ok) co_await backups_.look_after(s, out);
    events_.copies.push_back({took, s.keeps->what, s.name, phase});
    out.kind = s.keeps->what == safekeeping::deed::backup ? "backup" : "restore";
    co_return out;
}

asio::awaitable<verdict::drill_step>
rehearsal::carry_out_logged(step const& s, std::string phase, std::size_t number)
{
    auto const was_under_way = around_.earlier != nullptr &&
                               around_.earlier->past.state_of(phase, number) == step_state::begun;
    auto const begun = steady::now();
    // What is done again is for the journal the way back, and under way once more.
    auto const logged = phase == "again" ? std::string{"execution"} : phase;
    log_step(logged, number, [&](journal& log) { log.begin(logged, number, s.name); });
    verdict::drill_step out;
    try {
        auto work = s.keeps && is_journalled(logged) ? carry_out_kept(s, phase)
                                                     : carry_out(s, phase, tools_);
        out = co_await std::move(work);
    } catch (...) {
        out.name = s.name;
        out.kind = kind_of(s);
        out.phase = phase;
        out.started_s = seconds(begun - around_.run_start);
        out.duration_s = seconds(steady::now() - begun);
        out.output = interrupted_output;
        out_.steps.push_back(std::move(out));
        throw;
    }
    log_step(logged, number, [&](journal& log) { log.end(logged, number, out.ok); });
    if (was_under_way) repeated_.push_back(out_.steps.size());
    co_return out;
}

static bool asks_for_version(step const& s)
{
    auto const* const wait = std::get_if<wait_step>(&s.action);
    return wait != nullptr && std::holds_alternative<version_question>(wait->ask);
}

asio::awaitable<bool> rehearsal::carry_out_all(
    std::vector<step> const& steps, std::string phase, bool stop_at_failure, std::size_t first
)
{
    around_.display.begin(phase, steps.size());
    bool all_ok = true;
    for (std::size_t i = 0; i < steps.size() && (all_ok || !stop_at_failure); ++i) {
        around_.display.update(i, steps[i].name);
        // The traffic that would tell the version has ended by then.
        if (!traffic_.is_running() && asks_for_version(steps[i])) {
            around_.display.note(steps[i].name + ": left out, for no traffic is there to tell it");
            continue;
        }
        // What was put aside before the migration is not to be put aside after it.
        if (phase == "forward again" && steps[i].keeps) continue;
        if (was_done_before(phase, first + i)) {
            around_.display.note(steps[i].name + ": done before the drill was killed");
            continue;
        }
        auto const& asked = plan_.validate;
        auto const is_killed = phase == "forward" && asked && asked->interrupt &&
                               asked->interrupt->step == steps[i].name;
        if (is_killed) {
            log_step(phase, first + i, [&](journal& log) {
                log.begin(phase, first + i, steps[i].name);
            });
            co_await interrupt(steps[i]);
        }
        out_.steps.push_back(co_await carry_out_logged(steps[i], phase, first + i));
        auto const& done = out_.steps.back();
        if (!done.ok) around_.display.note(fmt::format("{}: {}", done.name, done.output));
        all_ok = all_ok && done.ok;
    }
    around_.display.end(all_ok ? plural(steps.size(), "step") : "failed");
    co_return all_ok;
}

asio::awaitable<void> rehearsal::go_forward()
{
    out_.ran = true;
    touched_ = true;
    traffic_.affected().forget_failing();
    leaks_before_ = traffic_.leak_count();
    watching_.try_spawn(invariants_.watch());
    events_.forward = span_of_time{steady::now(), steady::now()};
    auto ok = co_await carry_out_all(plan_.forward, "forward", true);
    if (ok) co_await learner_.end_steps();
    if (ok && plan_.validate) ok = co_await validate();
    events_.forward->end = steady::now();
    if (ok && !plan_.stages.empty()) ok = co_await roll_out();
    if (ok && !plan_.inject.empty()) {
        events_.injection = span_of_time{steady::now(), steady::now()};
        ok = co_await carry_out_all(plan_.inject, "injection", true);
        events_.injection->end = steady::now();
    }
    if (!ok && !events_.detected) {
        events_.detected = steady::now();
        events_.detection_note = fmt::format("step \"{}\" failed", out_.steps.back().name);
        co_return;
    }
    if (!plan_.fingerprints.empty()) {
        window_.try_spawn(verifier_.watch_window());
        window_.try_spawn(learner_.watch_window());
    }
    if (!events_.detected) co_await detect();
    co_await decide();
}

asio::awaitable<void> rehearsal::verify()
{
    around_.display.begin("verification", 0);
    events_.verification = span_of_time{steady::now(), steady::now()};
    co_await verifier_.look_after(out_);
    lessons_.broken = co_await invariants_.compare();
    auto read = co_await read_back(traffic_, around_, client_);
    lessons_.lost = std::move(read.lost);
    note_losses();
    events_.verification->end = steady::now();
    around_.display.end(fmt::format(
        "{} compared, {} read back",
        plural(out_.fingerprints.size(), "table"),
        plural(read.objects, "write")
    ));
}

} // namespace watertight::drill
