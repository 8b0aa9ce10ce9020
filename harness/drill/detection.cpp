#include "harness/base/text.hpp"
#include "harness/drill/phases.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr auto watch_every = std::chrono::milliseconds{100};
// How long the drill waits where no budget says so.
static constexpr std::chrono::nanoseconds detection_patience = std::chrono::minutes{5};
static constexpr std::chrono::nanoseconds decision_patience = std::chrono::minutes{15};

// What the live traffic, the searched answers and the invariants say at this moment.
watch_state rehearsal::state_now(steady::time_point now, steady::time_point since)
{
    traffic_.recent().advance(now);
    return {
        traffic_.recent(),
        baseline_p95_,
        since,
        traffic_.affected().share(),
        traffic_.affected().users(),
        traffic_.leak_count() - leaks_before_,
        around_.secrets.redact(invariants_.broken()),
    };
}

asio::awaitable<void> rehearsal::detect()
{
    around_.display.begin("detection", 0);
    auto const since = steady::now();
    auto const give_up = since + plan_.limits.detection.value_or(detection_patience);
    asio::steady_timer tick{core_};
    for (;;) {
        auto const now = steady::now();
        auto const state = state_now(now, since);
        if (auto const tripped = evaluate(plan_.when, state, now)) {
            events_.detected = now;
            events_.detection_note = tripped->why;
            auto const by_schedule = tripped->cause == trip_cause::schedule;
            if (by_schedule && has_threshold(plan_.when) && !plan_.inject.empty()) {
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
        tick.expires_at(std::min(now + watch_every, std::max(give_up, now)));
        if (plan_.when.after) tick.expires_after(watch_every);
        co_await tick.async_wait(asio::use_awaitable);
    }
    around_.display.end(events_.detection_note);
}

// @return what tripped, or nothing after a quiet `dwell`.
asio::awaitable<std::optional<trip>> rehearsal::watch_for(std::chrono::nanoseconds dwell)
{
    auto const since = steady::now();
    asio::steady_timer tick{core_};
    while (steady::now() - since < dwell) {
        tick.expires_after(watch_every);
        co_await tick.async_wait(asio::use_awaitable);
        auto const now = steady::now();
        auto const state = state_now(now, since);
        if (auto tripped = cross_threshold(plan_.when, state, now)) co_return tripped;
    }
    co_return std::nullopt;
}

// Whether the drill that is taken over had gone beyond the stage that ends before this step.
bool rehearsal::was_left_before(std::size_t step) const
{
    if (around_.earlier == nullptr) return false;
    auto const& past = around_.earlier->past;
    return past.state_of("stages", step) != step_state::untouched || past.has_begun("injection");
}

asio::awaitable<bool> rehearsal::roll_out()
{
    events_.stages = span_of_time{steady::now(), steady::now()};
    std::size_t number = 0;
    for (auto const& stage : plan_.stages) {
        auto const ok = co_await carry_out_all(stage.steps, "stages", true, number);
        number += stage.steps.size();
        auto const in_place = steady::now();
        events_.stages->end = in_place;
        if (!events_.stages_note.empty()) events_.stages_note += ", ";
        events_.stages_note += stage.name;
        if (!ok) co_return false;
        if (was_left_before(number)) continue;
        around_.display.begin("watching " + stage.name, 0);
        auto const tripped = co_await watch_for(stage.dwell);
        around_.display.end(tripped ? tripped->why : "quiet");
        if (tripped) {
            events_.detected = steady::now();
            events_.detection_note = tripped->why + ", in stage " + stage.name;
            events_.stages_note += ": stopped";
            out_.stopped_at = stage.name;
            co_return false;
        }
        events_.stages->end = steady::now();
    }
    co_return true;
}

// Nobody may be waited for without end: the system is between two states.
asio::awaitable<void> rehearsal::decide()
{
    if (!plan_.when.manual) co_return;
    events_.decided_by = "by a person";
    if (!around_.person) {
        events_.decided_by = "automatic, for there was nobody to ask";
        co_return;
    }
    using namespace asio::experimental::awaitable_operators;
    around_.display.begin("decision", 0);
    auto const limit = 2 * plan_.limits.decision.value_or(decision_patience);
    asio::steady_timer alarm{core_};
    alarm.expires_after(std::chrono::duration_cast<steady::duration>(limit));
    auto const first = co_await (around_.person() || alarm.async_wait(asio::use_awaitable));
    if (first.index() == 1) events_.decided_by = "nobody decided within " + human(limit);
    around_.display.end(events_.decided_by);
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

} // namespace watertight::drill
