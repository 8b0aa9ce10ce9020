// One request of a worker: sent, answered or not, and entered in all books.
#include "harness/traffic/fetch.hpp"
#include "harness/traffic/trip.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace watertight::traffic {

worker::lane& worker::take_lane(stage& s, slot_pool::choice c)
{
    auto& l = s.lanes[c.slot];
    if (c.changes_owner) l.close();
    return l;
}

// @param now  a moment ago at most: asking for the time costs as much as choosing what to send.
void worker::begin(lane& l, intent i, steady::time_point intended, steady::time_point now)
{
    ++l.during.busy;
    l.under_way.emplace(*this, std::move(i), intended);
    auto const& t = *l.under_way;
    bool const is_http = t.what.what->store == nullptr;
    if (is_http && sessions_.is_due(t.what.tenant, t.what.actor, intended)) {
        return send_after_renewal(l, now);
    }
    send(l, now);
}

void worker::send(lane& l, steady::time_point now)
{
    auto& t = *l.under_way;
    auto const* const renewed = sessions_.renewed(t.what.tenant, t.what.actor);
    auto const written = source_.write(t.what, renewed, l.request);
    t.sent = now;
    t.finished = now;
    if (!written) {
        note_unsendable(written.error());
        return later(l, &worker::conclude_unsent);
    }
    auto& s = l.during;
    if (!t.is_sent) s.tally.lag_max = std::max(s.tally.lag_max, t.sent - t.intended);
    t.is_sent = true;
    t.counted_in = out_.tally.place_of(t.what.tenant);
    t.known_by = known_by_[t.what.tenant.value];
    auto deadline = t.sent + in_.model.timeout;
    if (s.what.abandon_share > 0 && random_.unit() < s.what.abandon_share) {
        // Somewhere between the first byte sent and the usual time of an answer.
        std::chrono::duration<double, std::micro> const moment{random_.unit() * service_us_};
        t.abandon_at = t.sent + std::chrono::duration_cast<std::chrono::nanoseconds>(moment);
        deadline = std::min(deadline, *t.abandon_at);
    }
    l.start(deadline);
}

void worker::lane::start(steady::time_point deadline)
{
    auto const sent = under_way->sent;
    auto const* const store = under_way->what.what->store;
    if (store == nullptr) return connection->start(request.wire, request.is_head, sent, deadline);
    auto& to = to_stores[static_cast<std::size_t>(store->on)];
    if (!to) to = during.join(owner, store->on, *this);
    to->start(request.wire, sent, deadline, owner.in_.model.timeout);
}

bool worker::lane::is_open() const
{
    auto const* const store = under_way->what.what->store;
    if (store == nullptr) return connection->is_open();
    auto const& to = to_stores[static_cast<std::size_t>(store->on)];
    return to && to->is_open();
}

// Calls `what` by the loop, unless the phase has ended by then.
void worker::later(lane& l, void (worker::*what)(lane&))
{
    auto call = [this, &l, what, there = std::weak_ptr{l.during.presence}] {
        if (there.lock()) (this->*what)(l);
    };
    asio::post(executor_, std::move(call));
}

void worker::send_after_renewal(lane& l, steady::time_point refused_at)
{
    l.under_way->was_renewed = true;
    auto& s = l.during;
    s.tasks.try_spawn(guarded(s, renew_and_send(l, refused_at)));
}

asio::awaitable<void> worker::renew_and_send(lane& l, steady::time_point refused_at)
{
    auto const tenant = l.under_way->what.tenant;
    auto const actor = l.under_way->what.actor;
    auto const renewed = co_await sessions_.renew(tenant, actor, refused_at);
    // Without a session, a request that was refused stays refused; one that was not sent yet goes
    // all the same, since the target's answer is what is to be recorded.
    if (renewed || !l.under_way->is_sent) co_return send(l, steady::now());
    net::http_response_view refused;
    refused.status = 401;
    conclude(l, &refused, nullptr);
}

void worker::lane::on_answer(net::http_response_view const& view, steady::time_point at)
{
    try {
        owner.take_answer(*this, view, at);
    } catch (...) {
        owner.fail(during, std::current_exception());
    }
}

// From here on an answer is an answer, wherever it came from.
void worker::lane::on_answer(stores::store_answer const& answer, steady::time_point at)
{
    net::http_response_view view;
    view.status = status_of(answer);
    view.body = answer.text;
    on_answer(view, at);
}

void worker::lane::on_failure(failure why)
{
    try {
        owner.take_failure(*this, std::move(why));
    } catch (...) {
        owner.fail(during, std::current_exception());
    }
}

void worker::take_answer(lane& l, net::http_response_view const& view, steady::time_point at)
{
    auto& t = *l.under_way;
    t.finished = at;
    fetch(t.known_by);
    out_.tally.expect(t.what.tenant, t.counted_in, at - t.intended);
    examine(l, view);
    bool const is_refused = view.status == 401 && !t.what.what->op->accepts(401);
    if (is_refused && !t.was_renewed && sessions_.can_renew(t.what.tenant, t.what.actor, t.sent)) {
        return send_after_renewal(l, t.sent);
    }
    conclude(l, &view, nullptr);
}

void worker::take_failure(lane& l, failure why)
{
    auto& t = *l.under_way;
    t.finished = steady::now();
    bool const was_cut_off = t.abandon_at && why.code == errc::deadline_exceeded &&
                             *t.abandon_at < t.sent + in_.model.timeout;
    if (!was_cut_off) return conclude(l, nullptr, &why);
    ++l.during.tally.abandoned;
    release(l, false);
}

void worker::conclude_unsent(lane& l)
{
    failure const why{errc::malformed, "the request could not be written", {}};
    conclude(l, nullptr, &why);
}

// An answer that says that a removed object is gone is what was wanted.
static bool succeeded(intent const& i, int status)
{
    if (i.expects_absence) return status == 404 || status == 410 || status == 403;
    return i.what->op->accepts(status);
}

static evidence::outcome outcome_of(bool ok, bool is_sent, failure const* broken, int status)
{
    using evidence::outcome;
    if (ok) return outcome::ok;
    if (!is_sent) return outcome::failed;
    if (broken != nullptr) return is_definite(broken->code) ? outcome::failed : outcome::unknown;
    return status >= 400 && status < 500 ? outcome::failed : outcome::unknown;
}

void worker::conclude(lane& l, net::http_response_view const* answer, failure const* broken)
{
    auto& s = l.during;
    auto& t = *l.under_way;
    auto const status = answer != nullptr ? answer->status : 0;
    bool const ok = answer != nullptr && succeeded(t.what, status);
    sample const x{
        .operation = t.what.operation,
        .tenant = t.what.tenant,
        .error = ok                  ? std::nullopt
                 : broken != nullptr ? std::optional{classify(*broken)}
                                     : std::optional{classify(status)},
        .intended = t.intended,
        .sent = t.sent,
        .finished = t.finished,
    };
    out_.tally.record(x);
    if (t.finished <= s.end) ++s.tally.completed;
    if (ok) {
        auto const us = std::chrono::duration<double, std::micro>(t.finished - t.sent).count();
        service_us_ += 0.05 * (us - service_us_);
    }
    t.is_settled = true;
    end_write(t, outcome_of(ok, t.is_sent, broken, status), answer);
    if (in_.how.on_completion) {
        in_.how.on_completion({t.what.tenant, ok, status, t.intended, t.finished});
    }
    bool const was_quick = t.finished - t.sent < 1ms;
    release(l, broken != nullptr && was_quick);
}

// The connection is free for the next request; `pauses` if it makes no sense to hurry with it.
void worker::release(lane& l, bool pauses)
{
    auto& s = l.during;
    if (!l.is_open()) s.pool.forget(l.number);
    l.under_way.reset();
    s.pool.give_back(l.number);
    if (s.schedule) {
        dispatch_due(s);
        if (s.is_starved && s.pool.has_free()) s.scheduler.wake_one();
    } else {
        after_answer(s, l.on_behalf, pauses);
    }
    if (--s.busy == 0 && s.is_closing) s.idle.wake_all();
}

// Said once each, and not too often in all: a scenario's mistake repeats itself with every request.
void worker::note_unsendable(failure const& why)
{
    static constexpr std::size_t notes_max = 20;
    if (unsendable_.size() >= notes_max || !unsendable_.insert(why.message).second) return;
    auto* const display = in_.how.display;
    if (!display) return;
    auto line = "a request cannot be sent: " + secrets_.redact(why.message);
    asio::post(in_.home, [told = in_.told, display, line] { display->note(line); });
}

} // namespace watertight::traffic
