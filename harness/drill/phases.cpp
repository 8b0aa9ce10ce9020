#include "harness/drill/phases.hpp"

#include "harness/base/text.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace watertight::drill {

static constexpr auto look_every = std::chrono::milliseconds{100};
// How long the drill waits where no budget says so.
static constexpr std::chrono::nanoseconds patience = std::chrono::minutes{5};
static constexpr std::size_t connections_max = 64;
static constexpr std::size_t step_connections_max = 4;

rehearsal::rehearsal(asio::any_io_executor core, plan const& p, surroundings& s)
    : core_{core},
      plan_{p},
      around_{s},
      client_{core, s.model.base, s.model.connection, connections_max},
      step_client_{core, s.model.base, s.model.connection, step_connections_max},
      tools_{s, step_client_},
      traffic_{p, s, client_},
      verifier_{p, s, traffic_},
      background_{core, 1},
      window_{core, 1}
{
    events_.run_start = s.run_start;
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
    if (plan_.extrapolate) co_await measure_sizes();
    around_.display.begin("fingerprint", 0);
    auto const looked = co_await verifier_.look_before();
    if (looked.has_error()) {
        out_.note = "nothing was done, for the data cannot be fingerprinted: " +
                    around_.secrets.redact(looked.error().message);
        co_return false;
    }
    around_.display.end(plural(verifier_.tables_before(), "table"));
    co_return true;
}

asio::awaitable<bool> rehearsal::baseline()
{
    if (plan_.traffic.empty()) co_return true;
    around_.display.begin("baseline", 0);
    background_.try_spawn(traffic_.drive(core_));
    asio::steady_timer pause{core_};
    pause.expires_after(std::chrono::duration_cast<steady::duration>(plan_.baseline_for));
    co_await pause.async_wait(asio::use_awaitable);

    auto const& answers = traffic_.answers();
    auto const good = std::ranges::count_if(answers, &answer::ok);
    baseline_p95_ = p95_of(answers);
    around_.display.end(
        fmt::format("{} of {} good, p95 {}", good, answers.size(), human(baseline_p95_))
    );
    if (static_cast<std::size_t>(good) * 2 > answers.size()) co_return true;
    out_.note = fmt::format(
        "nothing was done, for the target does not answer well as it is: {} of {} requests",
        good,
        answers.size()
    );
    co_return false;
}

asio::awaitable<bool>
rehearsal::carry_out_all(std::vector<step> const& steps, std::string phase, bool stop_at_failure)
{
    around_.display.begin(phase, steps.size());
    bool all_ok = true;
    for (std::size_t i = 0; i < steps.size() && (all_ok || !stop_at_failure); ++i) {
        around_.display.update(i, steps[i].name);
        auto const& asked = plan_.validate;
        auto const is_killed = phase == "forward" && asked && asked->interrupt &&
                               asked->interrupt->step == steps[i].name;
        if (is_killed) co_await interrupt(steps[i]);
        auto const begun = steady::now();
        try {
            out_.steps.push_back(co_await carry_out(steps[i], phase, tools_));
        } catch (...) {
            verdict::drill_step cut_short;
            cut_short.name = steps[i].name;
            cut_short.kind = kind_of(steps[i]);
            cut_short.phase = phase;
            cut_short.started_s = seconds(begun - around_.run_start);
            cut_short.duration_s = seconds(steady::now() - begun);
            cut_short.output = "interrupted";
            out_.steps.push_back(std::move(cut_short));
            throw;
        }
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
    events_.forward = span_of_time{steady::now(), steady::now()};
    auto ok = co_await carry_out_all(plan_.forward, "forward", true);
    if (ok && plan_.validate) ok = co_await validate();
    events_.forward->end = steady::now();
    if (ok && !plan_.inject.empty()) {
        events_.injection = span_of_time{steady::now(), steady::now()};
        ok = co_await carry_out_all(plan_.inject, "injection", true);
        events_.injection->end = steady::now();
    }
    if (!ok) {
        events_.detected = steady::now();
        events_.detection_note = fmt::format("step \"{}\" failed", out_.steps.back().name);
        co_return;
    }
    if (!plan_.fingerprints.empty()) window_.try_spawn(verifier_.watch_window());
    co_await detect();
}

asio::awaitable<void> rehearsal::detect()
{
    around_.display.begin("detection", 0);
    auto const since = steady::now();
    auto const give_up = since + plan_.limits.detection.value_or(patience);
    auto const is_watched = plan_.when.error_rate || plan_.when.p95_times_baseline;
    asio::steady_timer tick{core_};
    for (;;) {
        auto const now = steady::now();
        traffic_.recent().advance(now);
        auto const state = watch_state{traffic_.recent(), baseline_p95_, since};
        if (auto const tripped = evaluate(plan_.when, state, now)) {
            events_.detected = now;
            events_.detection_note = tripped->why;
            if (tripped->cause == trip_cause::schedule && is_watched && !plan_.inject.empty()) {
                lessons_.undetected = "The failure was injected, yet no threshold was crossed: the "
                                      "drill rolled back " +
                                      tripped->why + ".";
            }
            break;
        }
        if (now >= give_up && !plan_.when.after) {
            gave_up(now, since);
            break;
        }
        tick.expires_at(std::min(now + look_every, std::max(give_up, now)));
        if (plan_.when.after) tick.expires_after(look_every);
        co_await tick.async_wait(asio::use_awaitable);
    }
    around_.display.end(events_.detection_note);
}

// No trigger tripped. Only where a failure was injected is that a fault of the target.
void rehearsal::gave_up(steady::time_point now, steady::time_point since)
{
    auto const waited = human(now - since);
    events_.detection_note = "no trigger tripped within " + waited + "; rolled back all the same";
    events_.detected = now;
    if (!plan_.inject.empty()) {
        lessons_.undetected =
            "The failure was injected, yet no trigger tripped within " + waited + ".";
    } else if (plan_.limits.detection) {
        events_.detected = since + *plan_.limits.detection;
    }
}

asio::awaitable<void> rehearsal::go_back(bool interrupted)
{
    if (!events_.forward) {
        co_await end_traffic(true);
        co_return;
    }
    if (interrupted) {
        around_.display.note("interrupted: rolling back first");
        traffic_.stop();
    }
    window_.cancel();
    try {
        co_await window_.join();
    } catch (std::exception const& e) {
        around_.display.note(std::string{"the look at the window ended early: "} + e.what());
    }
    events_.execution = span_of_time{steady::now(), steady::now()};
    co_await carry_out_all(plan_.rollback, "execution", false);
    events_.execution->end = steady::now();
    if (!interrupted) co_await recover();
    co_await end_traffic(interrupted);
    if (!plan_.finally.empty()) co_await carry_out_all(plan_.finally, "finally", false);
    if (!interrupted) co_await verify();
}

// Good answers in a row are not enough while an older request still waits for its own.
bool rehearsal::has_recovered(steady::time_point now)
{
    auto const back =
        find_recovery(traffic_.answers(), events_.execution->end, plan_.recovered_after);
    auto const oldest = traffic_.recent().oldest_waiting();
    auto const settled = std::max(events_.execution->end, back.back);
    auto const nothing_hangs = !oldest || *oldest < events_.execution->end || *oldest > settled ||
                               now - *oldest < look_every;
    return back.recovered && nothing_hangs;
}

asio::awaitable<void> rehearsal::recover()
{
    if (plan_.traffic.empty()) co_return;
    around_.display.begin("recovery", 0);
    auto const give_up = steady::now() + plan_.limits.recovery.value_or(patience);
    asio::steady_timer tick{core_};
    while (!has_recovered(steady::now()) && steady::now() < give_up) {
        tick.expires_after(look_every);
        co_await tick.async_wait(asio::use_awaitable);
    }
    events_.recovery_end = steady::now();
    co_await end_traffic(false);
    // What was under way at the end belongs to the picture.
    events_.back = find_recovery(traffic_.answers(), events_.execution->end, plan_.recovered_after);
    if (!events_.back->recovered) {
        lessons_.not_recovered = fmt::format(
            "Within {} after the last rollback step there were not {} good answers in a row.",
            human(events_.recovery_end - events_.execution->end),
            plan_.recovered_after
        );
    }
    around_.display.end(events_.back->recovered ? "recovered" : "not recovered");
}

asio::awaitable<void> rehearsal::end_traffic(bool at_once)
{
    traffic_.stop();
    if (at_once) background_.cancel();
    try {
        co_await background_.join();
    } catch (std::exception const& e) {
        // The way back goes on whatever befell the traffic.
        around_.display.note(std::string{"the traffic ended early: "} + e.what());
    }
}

asio::awaitable<void> rehearsal::verify()
{
    around_.display.begin("verification", 0);
    events_.verification = span_of_time{steady::now(), steady::now()};
    co_await verifier_.look_after(out_);
    auto read = co_await read_back(traffic_, around_, client_);
    lessons_.lost = std::move(read.lost);
    events_.verification->end = steady::now();
    around_.display.end(fmt::format(
        "{} compared, {} read back",
        plural(out_.fingerprints.size(), "table"),
        plural(read.objects, "write")
    ));
}

void rehearsal::count_answers()
{
    for (auto const& a : traffic_.answers()) {
        if (!events_.forward || a.finished < events_.forward->begin) continue;
        ++out_.requests_during;
        if (!a.ok) ++out_.failed_during;
    }
    out_.writes_acknowledged = traffic_.writes_acknowledged();
    out_.writes_lost = lessons_.lost.size();
}

void rehearsal::compose_note(bool interrupted)
{
    std::vector<std::string> notes;
    if (!out_.note.empty()) notes.push_back(std::move(out_.note));
    if (interrupted) {
        notes.emplace_back(
            out_.ran ? "interrupted; the rollback steps ran, their effect was not verified"
                     : "interrupted before the first step"
        );
    }
    if (plan_.traffic.empty()) notes.emplace_back("no live traffic, so recovery was not measured");
    if (auto const n = traffic_.writes_unreadable(); n > 0) {
        notes.push_back(plural(n, "acknowledged write") + " cannot be read back by any operation");
    }
    for (auto const& [name, why] : traffic_.unsendable()) {
        notes.push_back(fmt::format("{} was not sent: {}", name, why));
    }
    std::ranges::move(verifier_.take_notes(), std::back_inserter(notes));
    std::ranges::move(trial_notes_, std::back_inserter(notes));
    if (validator_) std::ranges::move(validator_->take_notes(), std::back_inserter(notes));
    out_.note = join(notes, "; ");
}

verdict::drill_outcome rehearsal::conclude(bool interrupted, evidence::finding_book& findings)
{
    count_answers();
    compose_note(interrupted);
    out_.phases = timeline(events_, plan_.limits);
    auto found = findings_of(plan_, around_, out_, lessons_);
    std::ranges::move(traffic_.leaks(), std::back_inserter(found));
    std::ranges::move(verifier_.take_findings(), std::back_inserter(found));
    std::ranges::move(trial_findings_, std::back_inserter(found));
    if (validator_) std::ranges::move(validator_->take_findings(), std::back_inserter(found));
    out_.succeeded = out_.ran && !interrupted && found.empty();
    for (auto& f : found) findings.add(std::move(f));
    return std::move(out_);
}

} // namespace watertight::drill
