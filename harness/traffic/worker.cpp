#include "harness/base/fatal.hpp"
#include "harness/net/http_connection.hpp"
#include "harness/traffic/trip.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::traffic {

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

worker::lane::lane(worker& w, stage& s, std::size_t place)
    : owner{w}, during{s}, number{place}, connection{s.join(w, *this)}
{
}

// A request that is cut off has ended before its connection goes, and never the other way round.
worker::lane::~lane()
{
    close();
    under_way.reset();
}

void worker::lane::close() noexcept
{
    connection->close();
    for (auto const& store : to_stores) {
        if (store) store->close();
    }
}

static std::size_t users_of(phase const& p, std::size_t core, std::size_t cores)
{
    auto const* const closed = std::get_if<closed_loop>(&p.loop);
    return closed != nullptr ? part_of(closed->users, core, cores) : 0;
}

worker::stage::stage(phase const& p, worker& w)
    : owner{w},
      what{p},
      tenants{tenant_weights(p.tenants, w.in_.tenants)},
      operations{w.in_.operations.weights(p)},
      pool{p.connections, slots_for(p, w.core_, w.in_.how.cores)},
      start{steady::now()},
      end{start + p.duration},
      scheduler{w.executor_},
      closing{w.executor_},
      idle{w.executor_},
      tasks{w.executor_, std::numeric_limits<std::size_t>::max()},
      users{users_of(p, w.core_, w.in_.how.cores)}
{
    auto const n = slots_for(p, w.core_, w.in_.how.cores);
    for (std::size_t i = 0; i < n; ++i) lanes.emplace_back(w, *this, i);
    if (auto const* const open = std::get_if<open_loop>(&p.loop)) {
        arrivals::part const mine{.core = w.core_, .cores = w.in_.how.cores};
        schedule.emplace(*open, p.duration, mine, rng{w.random_()});
    }
    tally.started = start;
}

worker::stage::~stage()
{
    owner.poller_.forget(*this);
}

std::unique_ptr<net::http_lane> worker::stage::join(worker& w, net::http_lane_owner& whose)
{
    auto const& m = w.in_.model;
    bool const shares = m.connection.version == net::http_version::http2 &&
                        what.connections == connection_mode::mixed;
    if (!shares) return net::make_lane(w.executor_, m.base, m.connection, whose);
    if (streams_left_ == 0) {
        shared_ = std::make_shared<net::h2_connection>(w.executor_, m.base, m.connection);
        streams_left_ = std::max<std::size_t>(what.streams, 1);
    }
    --streams_left_;
    return shared_->add_lane(whose);
}

std::unique_ptr<stores::pipe_lane>
worker::stage::join(worker& w, target::store_operation::kind store, stores::lane_owner& whose)
{
    auto const in_mixed = what.connections == connection_mode::mixed;
    auto const places = in_mixed ? std::max<std::size_t>(what.streams, 1) : 1;
    auto& shared = shared_pipes_[static_cast<std::size_t>(store)];
    if (shared.places_left == 0) {
        shared.pipe = pipes_.emplace_back(make_pipe(w.executor_, w.in_.stores, store, places > 1));
        shared.places_left = places;
    }
    --shared.places_left;
    return std::make_unique<stores::pipe_lane>(w.executor_, shared.pipe, places == 1, whose);
}

std::uint64_t worker::stage::store_connects() const noexcept
{
    std::uint64_t n = 0;
    for (auto const& pipe : pipes_) n += pipe->connects();
    return n;
}

worker::worker(inputs const& in, std::size_t core, asio::any_io_executor executor, core_result& out)
    : in_{in},
      core_{core},
      executor_{executor},
      poller_{net::poller::of(executor)},
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
      source_{in.model, in.tenants, in.operations},
      actors_{in.tenants, in.model, in.operations},
      known_by_(in.tenants.tenants.size(), nullptr),
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
            bool const goes_on = co_await may_go_on(p);
            if (!goes_on) break;
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

// Where a phase decides, the cores wait for one another and for the answer.
asio::awaitable<bool> worker::may_go_on(phase const& p)
{
    if (!p.decides) co_return true;
    auto meeting = in_.meeting.meet(out_.phases.size() - 1);
    co_return co_await asio::co_spawn(in_.home, std::move(meeting), asio::use_awaitable);
}

asio::awaitable<void> worker::run_phase(phase const& p)
{
    auto const s = std::make_unique<stage>(p, *this);
    out_.tally.warm_up(p.warm_up);
    out_.tally.begin_phase();
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
    for (auto& l : s->lanes) {
        l.close();
        l.under_way.reset();
    }
    close_phase(*s);
    if (s->error) std::rethrow_exception(s->error);
    if (error) std::rethrow_exception(error);
}

void worker::start_tasks(stage& s)
{
    auto start = [&](asio::awaitable<void> task) {
        s.tasks.try_spawn(guarded(s, std::move(task)));
    };
    start(tick(s));
    start(drain(s));
    if (s.schedule) return start(keep_schedule(s));
    // Those who think must be there when the one who wakes them looks for the first time.
    start_users(s);
    start(keep_thinking(s));
}

void worker::close_phase(stage& s)
{
    s.tally.ended = std::min(steady::now(), s.end);
    if (s.schedule) s.tally.unsent += s.schedule->skip_until(s.tally.ended - s.start);
    out_.interleavings += s.pool.interleavings();
    for (auto const& l : s.lanes) out_.connects += l.connection->connects();
    out_.connects += s.store_connects();
    out_.phases.push_back(s.tally);

    auto seconds = out_.tally.take_seconds(steady::now());
    auto report = [told = in_.told, seconds = std::move(seconds), core = core_, &p = s.what] {
        told->take(seconds);
        if (core == 0) told->end_phase(p.name);
    };
    asio::post(in_.home, std::move(report));
}

// What a callback throws has no coroutine to end: it ends the phase.
void worker::fail(stage& s, std::exception_ptr why)
{
    if (!s.error) s.error = std::move(why);
    s.tasks.cancel();
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

asio::awaitable<void> worker::drain(stage& s)
{
    while (!s.is_closing || s.busy > 0) co_await s.idle.wait();
}

void worker::begin_closing(stage& s)
{
    s.is_closing = true;
    s.closing.wake_all();
    s.idle.wake_all();
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
    begin_closing(s);
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
        begin(take_lane(s, c), std::move(i), s.start + *due, steady::now());
    }
}

} // namespace watertight::traffic
