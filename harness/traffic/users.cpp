// The users of a closed loop: each waits for its answer, thinks, and asks again.
#include "harness/traffic/trip.hpp"

namespace watertight::traffic {

// A user whose request could not even be sent must not spin.
static constexpr std::chrono::nanoseconds pause_after_refusal = 50ms;

static std::chrono::nanoseconds think_time(phase const& p)
{
    return std::get<closed_loop>(p.loop).think;
}

void worker::start_users(stage& s)
{
    auto const think = think_time(s.what);
    auto const n = s.users.size();
    if (n == 0) return begin_closing(s);
    for (std::size_t u = 0; u < n; ++u) {
        if (s.what.connections != connection_mode::mixed) {
            auto const first = choose(s, std::nullopt);
            s.users.bound(u) = slot_pool::user{first.tenant, first.actor};
        }
        // Users that all began at once would stay in step.
        auto const share = (static_cast<double>(u) + random_.unit()) / static_cast<double>(n);
        auto const delay =
            std::chrono::duration_cast<std::chrono::nanoseconds>(think * std::min(share, 1.0));
        if (think.count() > 0) s.users.think(u, s.start + delay);
    }
    if (think.count() > 0) return;
    for (std::size_t u = 0; u < n; ++u) serve_now(s, u);
}

asio::awaitable<void> worker::keep_thinking(stage& s)
{
    while (!s.is_closing) {
        auto const now = steady::now();
        if (now >= s.end) {
            // Whoever still thinks has nothing more to ask.
            while (s.users.take_due(steady::time_point::max())) retire(s);
            serve_waiting(s);
            if (s.is_closing) co_return;
            co_await s.closing.wait();
            continue;
        }
        while (auto const user = s.users.take_due(now)) serve(s, *user, steady::now(), now);
        co_await s.scheduler.wait(std::min(s.users.next_due().value_or(s.end), s.end));
    }
}

// Sends the user's next request, or has them wait for a connection.
// @param now    a moment ago at most.
// @param since  when the user began to wait for it.
void worker::serve(stage& s, std::size_t user, steady::time_point now, steady::time_point since)
{
    if (now >= s.end) return retire(s);
    if (!s.pool.has_free()) return s.users.wait(user, since);
    auto i = choose(s, s.users.bound(user));
    auto const c = *s.pool.take({i.tenant, i.actor});
    auto& l = take_lane(s, c);
    l.on_behalf = user;
    begin(l, std::move(i), since, now);
}

void worker::serve_now(stage& s, std::size_t user)
{
    auto const now = steady::now();
    serve(s, user, now, now);
}

void worker::serve_waiting(stage& s)
{
    if (!s.users.has_waiting()) return;
    bool const over = steady::now() >= s.end;
    while (over || s.pool.has_free()) {
        auto const first = s.users.take_waiting();
        if (!first) return;
        if (over) {
            ++s.tally.unsent;
            retire(s);
        } else {
            serve(s, first->user, steady::now(), first->since);
        }
    }
}

void worker::after_answer(stage& s, std::size_t user, bool pauses)
{
    serve_waiting(s);
    auto const pause = pauses ? pause_after_refusal : think_time(s.what);
    if (pause.count() == 0) {
        if (!poller_.await_batch_end(s)) return serve_now(s, user);
        return s.users.hurry(user);
    }
    auto const until = steady::now() + pause;
    if (until >= s.end) return retire(s);
    auto const next = s.users.next_due();
    s.users.think(user, until);
    if (!next || until < *next) s.scheduler.wake_one();
}

void worker::stage::on_batch_end()
{
    try {
        owner.serve_hurried(*this);
    } catch (...) {
        owner.fail(*this, std::current_exception());
    }
}

// Those who do not think, after all answers that are there have been looked at.
void worker::serve_hurried(stage& s)
{
    while (auto const user = s.users.take_hurried()) serve_now(s, *user);
}

void worker::retire(stage& s)
{
    if (s.users.retire()) begin_closing(s);
}

} // namespace watertight::traffic
