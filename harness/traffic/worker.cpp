#include "harness/traffic/worker.hpp"

#include "harness/base/fatal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::traffic {

// A user who gets no connection and does not think must not spin.
static constexpr std::chrono::nanoseconds pause_after_refusal = 50ms;

// Seconds are reported a little after they ended, so that they are complete.
static constexpr std::chrono::nanoseconds tick_delay = 20ms;

static std::size_t part_of(std::size_t whole, std::size_t core, std::size_t cores)
{
    return whole / cores + (core < whole % cores ? 1 : 0);
}

static std::size_t slots_for(phase const& p, std::size_t core, std::size_t cores)
{
    auto const* const closed = std::get_if<closed_loop>(&p.loop);
    bool const one_each = closed && p.connections == connection_mode::per_user;
    return std::max<std::size_t>(
        part_of(one_each ? closed->users : p.connections_max, core, cores), 1
    );
}

slot::slot(asio::any_io_executor core, target::model const& m)
    : connection{core, m.base, connection_to(m)}, wake{core}
{
}

worker::stage::stage(phase const& p, worker& w)
    : what{p},
      tenants{tenant_weights(p.tenants, w.in_.tenants)},
      operations{w.in_.operations.weights(p)},
      pool{p.connections, slots_for(p, w.core_, w.in_.how.cores)},
      start{steady::now()},
      end{start + p.duration},
      scheduler{w.executor_},
      slot_free{w.executor_},
      closing{w.executor_},
      tasks{w.executor_, std::numeric_limits<std::size_t>::max()}
{
    auto const n = slots_for(p, w.core_, w.in_.how.cores);
    for (std::size_t i = 0; i < n; ++i) slots.emplace_back(w.executor_, w.in_.model);
    if (auto const* const open = std::get_if<open_loop>(&p.loop)) {
        arrivals::part const mine{.core = w.core_, .cores = w.in_.how.cores};
        schedule.emplace(*open, p.duration, mine, rng{w.random_()});
    }
    tally.started = start;
}

worker::worker(inputs const& in, std::size_t core, asio::any_io_executor executor, core_result& out)
    : in_{in},
      core_{core},
      executor_{executor},
      out_{out},
      random_{in.how.seed, 0x7261666669630000ULL + core},
      identifiers_{in.identifiers},
      secrets_{in.secrets},
      observer_{in.mint, identifiers_, in.sharing},
      sessions_{executor, in.model, in.tenants},
      objects_{
          in.model,
          in.tenants,
          {.core = core, .cores = in.how.cores, .serial_start = in.how.serial_start}},
      reads_{in.model.resources.size(), in.how.history},
      source_{std::make_unique<template_source>(in.model, in.tenants)},
      has_leaked_(in.operations.entries().size(), false),
      has_violated_(in.operations.entries().size(), false)
{
}

asio::awaitable<void> worker::run()
{
    std::exception_ptr error;
    try {
        for (auto const& p : in_.phases) {
            co_await run_phase(p);
        }
    } catch (boost::system::system_error const&) {
        // Only a cancellation is thrown as such: everything that a server does is a result.
        out_.interrupted = true;
        error = std::current_exception();
    } catch (...) {
        error = std::current_exception();
    }
    out_.history = reads_.take_history();
    out_.serial_end = objects_.serial_end();
    if (error) std::rethrow_exception(error);
}

asio::awaitable<void> worker::run_phase(phase const& p)
{
    auto const s = std::make_unique<stage>(p, *this);
    out_.tally.warm_up(p.warm_up);
    if (core_ == 0) {
        asio::post(in_.home, [told = in_.told, &p] { told->begin_phase(p); });
    }
    std::exception_ptr error;
    try {
        start_tasks(*s);
    } catch (...) {
        // Those that were started before it failed must end before their group does.
        error = std::current_exception();
        s->tasks.cancel();
    }
    try {
        co_await s->tasks.join();
    } catch (...) {
        if (!error) error = std::current_exception();
    }
    close_phase(*s);
    if (error) std::rethrow_exception(error);
}

void worker::start_tasks(stage& s)
{
    auto start = [&](asio::awaitable<void> task) {
        s.tasks.try_spawn(guarded(s, std::move(task)));
    };
    start(tick(s));
    if (s.schedule) {
        start(keep_schedule(s));
        for (std::size_t i = 0; i < s.slots.size(); ++i) start(lane(s, s.slots[i], i));
        return;
    }
    auto const& closed = std::get<closed_loop>(s.what.loop);
    s.users_left = part_of(closed.users, core_, in_.how.cores);
    s.is_closing = s.users_left == 0;
    for (std::size_t i = 0, n = s.users_left; i < n; ++i) start(user(s, i));
}

void worker::close_phase(stage& s)
{
    s.tally.ended = std::min(steady::now(), s.end);
    if (s.schedule) s.tally.unsent += s.schedule->skip_until(s.tally.ended - s.start);
    out_.interleavings += s.pool.interleavings();
    for (auto const& x : s.slots) out_.connects += x.connection.connects();
    out_.phases.push_back(s.tally);

    auto seconds = out_.tally.take_seconds(steady::now());
    auto report = [told = in_.told, seconds = std::move(seconds), core = core_, &p = s.what] {
        told->take(seconds);
        if (core == 0) told->end_phase(p.name);
    };
    asio::post(in_.home, std::move(report));
}

// One task's bug or fatal error ends the phase at once, not at its end.
asio::awaitable<void> worker::guarded(stage& s, asio::awaitable<void> task)
{
    std::exception_ptr error;
    try {
        co_await std::move(task);
    } catch (...) {
        error = std::current_exception();
    }
    if (!error) co_return;
    // The group's cancellation reaches this task too, and must not take its error's place.
    co_await asio::this_coro::throw_if_cancelled(false);
    s.tasks.cancel();
    std::rethrow_exception(error);
}

asio::awaitable<void> worker::tick(stage& s)
{
    while (!s.is_closing) {
        auto const elapsed = steady::now() - tick_delay - in_.how.run_start;
        auto const whole = std::chrono::floor<std::chrono::seconds>(elapsed);
        co_await s.closing.wait(in_.how.run_start + whole + 1s + tick_delay);
        auto report = [told = in_.told,
                       batch = out_.tally.take_seconds(steady::now()),
                       shows = core_ == 0,
                       phase_s = static_cast<std::uint64_t>(seconds(steady::now() - s.start))] {
            told->take(batch);
            if (shows) told->tick(phase_s);
        };
        asio::post(in_.home, std::move(report));
    }
}

asio::awaitable<void> worker::keep_schedule(stage& s)
{
    while (steady::now() < s.end) {
        dispatch_due(s);
        auto const due = s.schedule->peek();
        s.is_starved = due && !s.pool.has_free();
        auto const until = due && !s.is_starved ? std::min(s.start + *due, s.end) : s.end;
        co_await s.scheduler.wait(until);
        s.is_starved = false;
    }
    // What fell due in the last moment has not been kept waiting by anybody but this loop.
    dispatch_due(s);
    s.is_closing = true;
    s.closing.wake_all();
    for (auto& x : s.slots) x.wake.wake_all();
}

asio::awaitable<void> worker::lane(stage& s, slot& mine, std::size_t number)
{
    for (;;) {
        while (!mine.next && !s.is_closing) co_await mine.wake.wait();
        if (!mine.next) co_return;
        auto i = std::move(*mine.next);
        mine.next.reset();
        co_await perform(s, mine, std::move(i), mine.intended);
        if (!mine.connection.is_open()) s.pool.forget(number);
        s.pool.give_back(number);
        dispatch_due(s);
        if (s.is_starved && s.pool.has_free()) s.scheduler.wake_one();
    }
}

// What is due but finds no connection stays in the schedule, which is the queue: it costs no memory
// and is sent, late, as soon as a connection is free.
void worker::dispatch_due(stage& s)
{
    if (s.is_closing) return;
    auto const now = steady::now();
    while (s.pool.has_free()) {
        auto const due = s.schedule->peek();
        if (!due || s.start + *due > now) return;
        s.schedule->next();
        auto i = choose(s, std::nullopt);
        auto const c = *s.pool.take({i.tenant, i.actor});
        assign(s, c);
        auto& x = s.slots[c.slot];
        x.intended = s.start + *due;
        x.next = std::move(i);
        x.wake.wake_one();
    }
}

void worker::assign(stage& s, slot_pool::choice c)
{
    if (c.changes_owner) s.slots[c.slot].connection.close();
}

static asio::awaitable<void> sleep_until(steady::time_point t)
{
    asio::steady_timer timer{co_await asio::this_coro::executor, t};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> worker::user(stage& s, std::size_t number)
{
    auto const think = std::get<closed_loop>(s.what.loop).think;
    std::optional<slot_pool::user> bound;
    if (s.what.connections != connection_mode::mixed) {
        auto const first = choose(s, std::nullopt);
        bound = slot_pool::user{first.tenant, first.actor};
    }
    // Users that all began at once would stay in step.
    auto const share = (static_cast<double>(number) + random_.unit()) /
                       static_cast<double>(std::max<std::size_t>(s.users_left, 1));
    auto const delay =
        std::chrono::duration_cast<std::chrono::nanoseconds>(think * std::min(share, 1.0));
    if (think.count() > 0) co_await sleep_until(std::min(s.start + delay, s.end));
    while (steady::now() < s.end) {
        co_await iterate(s, bound);
        if (think.count() > 0) co_await sleep_until(std::min(steady::now() + think, s.end));
    }
    if (--s.users_left > 0) co_return;
    s.is_closing = true;
    s.closing.wake_all();
}

asio::awaitable<void> worker::iterate(stage& s, std::optional<slot_pool::user> bound)
{
    auto const intended = steady::now();
    auto i = choose(s, bound);
    auto const number = co_await acquire(s, i);
    if (!number) {
        ++s.tally.unsent;
        co_return;
    }
    auto& mine = s.slots[*number];
    co_await perform(s, mine, std::move(i), intended);
    bool const is_open = mine.connection.is_open();
    if (!is_open) s.pool.forget(*number);
    s.pool.give_back(*number);
    s.slot_free.wake_one();
    bool const was_quick = steady::now() - intended < 1ms;
    if (!is_open && was_quick)
        co_await sleep_until(std::min(steady::now() + pause_after_refusal, s.end));
}

asio::awaitable<std::optional<std::size_t>> worker::acquire(stage& s, intent const& i)
{
    while (steady::now() < s.end) {
        if (auto const c = s.pool.take({i.tenant, i.actor})) {
            assign(s, *c);
            co_return c->slot;
        }
        co_await s.slot_free.wait(s.end);
    }
    co_return std::nullopt;
}

} // namespace watertight::traffic
