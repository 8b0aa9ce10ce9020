// One request of a worker: sent, answered or not, and entered in all books.
#include "harness/net/deadline.hpp"
#include "harness/traffic/trip.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace watertight::traffic {

// Renders, sends and receives; once more after a log-in if the credentials had run out.
asio::awaitable<void> worker::travel(stage& s, slot& on, trip& t)
{
    auto const& i = t.what;
    for (bool first = true;; first = false) {
        if (first && sessions_.is_due(i.tenant, i.actor, steady::now())) {
            co_await sessions_.renew(i.tenant, i.actor, steady::now());
        }
        auto const written = source_->write(i, sessions_.current(i.tenant, i.actor), on.request);
        t.sent = steady::now();
        t.finished = t.sent;
        if (!written) {
            note_unsendable(written.error());
            t.broken = written.error();
            co_return;
        }
        if (first) s.tally.lag_max = std::max(s.tally.lag_max, t.sent - t.intended);
        t.is_sent = true;
        auto answer = co_await send(s, on, t);
        t.finished = steady::now();
        if (!answer) t.broken = answer.error();
        if (t.was_abandoned || !answer) co_return;
        t.answer = *answer;
        examine(on, t);
        bool const refused = answer->status == 401 && !i.what.op->accepts(401);
        if (!refused || !first) co_return;
        auto const again = co_await sessions_.renew(i.tenant, i.actor, t.sent);
        if (!again) co_return;
    }
}

asio::awaitable<result<net::http_response_view>> worker::send(stage& s, slot& on, trip& t)
{
    auto const budget = in_.model.timeout;
    auto& c = on.connection;
    bool const abandon = s.what.abandon_share > 0 && random_.unit() < s.what.abandon_share;
    if (!abandon) {
        auto answer = co_await c.exchange(on.request.wire, on.request.is_head, budget);
        co_return answer;
    }
    // Somewhere between the first byte sent and the usual time of an answer.
    std::chrono::duration<double, std::micro> const moment{random_.unit() * service_us_};
    auto const patience = std::chrono::duration_cast<std::chrono::nanoseconds>(moment);
    std::string what = "an abandoned request";
    auto op = c.exchange(on.request.wire, on.request.is_head, budget);
    auto answer = co_await net::with_deadline(patience, std::move(op), std::move(what));
    bool const cut_off = !answer && answer.error().code == errc::deadline_exceeded;
    t.was_abandoned = cut_off && steady::now() - t.sent < budget;
    if (t.was_abandoned) c.close();
    co_return answer;
}

asio::awaitable<void> worker::perform(stage& s, slot& on, intent i, steady::time_point intended)
{
    trip t{*this, std::move(i), intended};
    co_await travel(s, on, t);
    if (t.was_abandoned) {
        ++s.tally.abandoned;
        co_return;
    }
    note_outcome(s, t);
}

// An answer that says that a removed object is gone is what was wanted.
static bool succeeded(intent const& i, int status)
{
    if (i.expects_absence) return status == 404 || status == 410 || status == 403;
    return i.what.op->accepts(status);
}

void worker::note_outcome(stage& s, trip& t)
{
    auto const status = t.answer ? t.answer->status : 0;
    bool const ok = t.answer && succeeded(t.what, status);
    sample const x{
        .operation = t.what.operation,
        .tenant = t.what.tenant,
        .error = ok         ? std::nullopt
                 : t.broken ? std::optional{classify(*t.broken)}
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
    t.settle(ok);
    if (in_.how.live) {
        auto& counter = ok ? in_.how.live->ok : in_.how.live->failed;
        counter.fetch_add(1, std::memory_order_relaxed);
    }
    if (in_.how.on_completion) {
        in_.how.on_completion({t.what.tenant, ok, status, t.intended, t.finished});
    }
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
