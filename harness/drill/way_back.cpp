#include "harness/base/text.hpp"
#include "harness/drill/comparison.hpp"
#include "harness/drill/phases.hpp"
#include "harness/drill/stores.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace watertight::drill {

static constexpr auto look_every = std::chrono::milliseconds{100};
// How long the drill waits where no budget says so.
static constexpr std::chrono::nanoseconds recovery_patience = std::chrono::minutes{5};

asio::awaitable<void> rehearsal::go_back(bool interrupted)
{
    watching_.cancel();
    try {
        co_await watching_.join();
    } catch (std::exception const& e) {
        around_.display.note(std::string{"an invariant was no longer asked for: "} + e.what());
    }
    if (!touched_) {
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
    learner_.end_window();
    out_.ran = true;
    auto const looked_before = backups_.looked_for();
    events_.execution = span_of_time{steady::now(), steady::now()};
    co_await carry_out_all(plan_.rollback, "execution", false);
    events_.execution->end = steady::now();
    events_.looked_meanwhile = backups_.looked_for() - looked_before;
    if (!interrupted) co_await recover();
    co_await end_traffic(interrupted);
    if (plan_.rollback_twice && !interrupted) co_await repeat_rollback();
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
    auto const tenants = tenants_now();
    auto const all_back =
        std::ranges::all_of(tenants, [](tenant_view const& t) { return t.back.recovered; });
    return back.recovered && all_back && nothing_hangs;
}

std::vector<tenant_view> rehearsal::tenants_now() const
{
    auto const since = events_.execution->end;
    auto const from = events_.forward ? events_.forward->begin : since;
    return view_of_tenants(traffic_.answers(), from, since, plan_.recovered_after);
}

// A rollback is carried out by people under pressure, and then once more, to be sure.
asio::awaitable<void> rehearsal::repeat_rollback()
{
    auto before = co_await fingerprint_again();
    co_await carry_out_all(plan_.rollback, "again", false);
    auto after = co_await fingerprint_again();
    if (before.has_error() || after.has_error()) {
        auto const& error = before.has_error() ? before.error() : after.error();
        around_.display.note(around_.secrets.redact(error.message));
        co_return;
    }
    for (std::size_t i = 0; i < before->size(); ++i) {
        for (auto& print : compare((*before)[i], (*after)[i], 0)) {
            if (!print.equal) lessons_.changed_again.push_back(std::move(print));
        }
    }
}

asio::awaitable<result<std::vector<contents>>> rehearsal::fingerprint_again()
{
    std::vector<contents> out;
    for (auto const& site : plan_.fingerprints) {
        contents_options how;
        auto taken = co_await take_contents(around_, site, std::move(how));
        if (taken.has_error()) co_return taken.error();
        out.push_back(std::move(*taken));
    }
    co_return out;
}

asio::awaitable<void> rehearsal::recover()
{
    if (plan_.traffic.empty()) co_return;
    around_.display.begin("recovery", 0);
    auto const give_up = steady::now() + plan_.limits.recovery.value_or(recovery_patience);
    asio::steady_timer tick{core_};
    while (!has_recovered(steady::now()) && steady::now() < give_up) {
        tick.expires_after(look_every);
        co_await tick.async_wait(asio::use_awaitable);
    }
    events_.recovery_end = steady::now();
    co_await end_traffic(false);
    // What was under way at the end belongs to the picture.
    events_.back = find_recovery(traffic_.answers(), events_.execution->end, plan_.recovered_after);
    auto const views = tenants_now();
    for (auto const& t : views) {
        // The service is back when the last of its tenants is.
        if (t.back.recovered) events_.back->back = std::max(events_.back->back, t.back.back);
    }
    auto const late =
        std::ranges::find_if(views, [](tenant_view const& t) { return !t.back.recovered; });
    if (late != views.end()) {
        events_.back->recovered = false;
        lessons_.not_recovered = fmt::format(
            "Within {} after the last rollback step, {} had no good answers in a row without a bad "
            "one after them.",
            human(events_.recovery_end - events_.execution->end),
            around_.tenants.at(late->tenant).slug
        );
    } else if (!events_.back->recovered) {
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

} // namespace watertight::drill
