#include "harness/drill/read_back.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/marks.hpp"
#include "harness/target/session.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr std::size_t reads_at_once = 16;
static constexpr int attempts_max = 3;
static constexpr auto read_again_after = std::chrono::milliseconds{200};

std::optional<std::string> canary_in(std::string_view body, std::string_view expected)
{
    auto const text = to_lower(body);
    if (!expected.empty() && text.find(expected) != std::string::npos) return std::string{expected};
    auto const at = text.find(evidence::canary_prefix);
    if (at == std::string::npos || at + evidence::canary_length > text.size()) return std::nullopt;
    return text.substr(at, evidence::canary_length);
}

// Everything that the reads share; in the frame of `read_back`, which joins them.
struct reading {
    live_traffic const& traffic;
    surroundings& around;
    net::http_client& client;
    read_back_outcome out;
};

static target::scope scope_of_read(written_object const& o, surroundings const& s)
{
    target::scope out;
    out.in_tenant = o.owner->where;
    out.as_actor = o.owner->where ? &o.owner->who : nullptr;
    out.object_in_question = &o.what;
    out.canary = o.what.canary;
    out.canary_number = o.what.canary_number;
    out.serial = o.what.serial.value;
    out.run_id = s.tenants.run_id;
    return out;
}

struct one_read {
    std::string request;
    std::optional<net::http_response> response;
    std::string why_not;
};

static asio::awaitable<one_read> read_once(written_object const& o, reading& r)
{
    one_read out;
    auto const& m = r.around.model;
    auto const& op = *o.made_by->twin;
    if (o.owner->where != nullptr && op.as.empty()) {
        auto const session =
            co_await target::ensure_session(r.client, m, *o.owner->where, o.owner->who);
        if (session.has_error()) {
            out.why_not = session.error().message;
            co_return out;
        }
    }
    auto const scope = scope_of_read(o, r.around);
    auto request = target::render(m, op, scope);
    if (request.has_error()) {
        out.why_not = request.error().message;
        co_return out;
    }
    out.request = request->http.wire;
    auto got = co_await r.client.send(std::move(request->http), m.timeout);
    if (got.has_value()) {
        out.response = std::move(*got);
    } else {
        out.why_not = got.error().message;
    }
    co_return out;
}

// An object may hold several canaries: a write that left some members alone left theirs, too. One
// that the history allows now is enough, as with two updates that overlapped. Where values are
// numbers, the canary's number stands for it.
static bool shows_possible_value(
    written_object const& o,
    std::string_view body,
    steady::time_point asked,
    evidence::ledger const& history
)
{
    return std::ranges::any_of(marks_in(body), [&](std::string const& mark) {
        auto const canary = canary_of(o, mark).value_or(mark);
        return history.judge(o.key, canary, asked) == evidence::read_judgement::current;
    });
}

static std::optional<std::string>
value_in(written_object const& o, std::string_view body, std::string_view expected)
{
    if (auto seen = canary_in(body, expected)) return seen;
    for (auto const& mark : marks_in(body)) {
        if (auto own = canary_of(o, mark)) return own;
    }
    return std::nullopt;
}

// Of what was created and left alone, the old system showed so much before the drill.
static std::optional<std::string>
what_is_missing(written_object const& o, std::string_view body, live_traffic const& traffic)
{
    auto const usual = traffic.places_shown(o.made_by);
    auto const now = places_of(o, body);
    if (!usual || !now || *now >= *usual) return std::nullopt;
    return fmt::format(
        "holds what was written in {} only, where {} would show it", plural(*now, "place"), *usual
    );
}

// What is wrong with the object as it was read; nothing if it is as it should be.
static std::optional<std::string> judge(
    written_object const& o,
    one_read const& read,
    steady::time_point asked,
    live_traffic const& traffic
)
{
    if (!read.response) return "cannot be read: " + read.why_not;
    auto const status = read.response->status;
    if (status >= 500) return "cannot be read: status " + std::to_string(status);
    auto const is_there = o.made_by->twin->accepts(status);
    auto const& history = traffic.history();
    auto const expected = history.expected(o.key);
    std::optional<std::string> seen;
    if (is_there && shows_possible_value(o, read.response->body, asked, history)) {
        return what_is_missing(o, read.response->body, traffic);
    }
    if (is_there) {
        seen = value_in(o, read.response->body, expected.value_or(""));
        // A read that does not show what was written still shows that the object is there.
        if (!seen && !traffic.shows_canary(o.made_by->twin)) seen = o.what.canary;
    }
    switch (history.judge(o.key, seen, asked)) {
    case evidence::read_judgement::current:
    case evidence::read_judgement::absent:
        return std::nullopt;
    case evidence::read_judgement::stale:
        return o.removed ? "is there again, though its removal was acknowledged"
                         : "holds an older value";
    case evidence::read_judgement::altered:
        return "holds a value that nobody wrote";
    case evidence::read_judgement::lost:
        break;
    }
    return is_there ? "no longer holds what was written" : "is absent";
}

// `o` and `r` are in the frame of read_back, which joins this.
static asio::awaitable<void> check(written_object const& o, reading& r)
{
    auto const give_up = steady::now() + o.made_by->twin->within;
    asio::steady_timer pause{co_await asio::this_coro::executor};
    for (int attempt = 1;; ++attempt) {
        auto const asked = steady::now();
        auto read = co_await read_once(o, r);
        auto wrong = judge(o, read, asked, r.traffic);
        if (!wrong) co_return;
        auto const is_definite = read.response && read.response->status < 500;
        auto const is_last = is_definite || attempt >= attempts_max;
        if (is_last && steady::now() >= give_up) {
            auto const& secrets = r.around.secrets;
            auto answer = read.response ? read.response->head + read.response->body : read.why_not;
            r.out.lost.push_back(
                {&o,
                 std::move(*wrong),
                 secrets.redact(read.request),
                 secrets.redact(answer),
                 !is_definite}
            );
            co_return;
        }
        pause.expires_after(read_again_after);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<read_back_outcome>
read_back(live_traffic const& traffic, surroundings& s, net::http_client& client)
{
    reading r{traffic, s, client, {}};
    auto const core = co_await asio::this_coro::executor;
    net::task_group reads{core, reads_at_once};
    for (auto const& o : traffic.objects()) {
        ++r.out.objects;
        co_await reads.spawn(check(o, r));
    }
    co_await reads.join();
    co_return std::move(r.out);
}

static asio::awaitable<void> glance(written_object const& o, reading& r)
{
    static_cast<void>(co_await read_once(o, r));
}

asio::awaitable<void>
read_once_each(live_traffic const& traffic, surroundings& s, net::http_client& client)
{
    static constexpr std::size_t most = 256;
    reading r{traffic, s, client, {}};
    auto const core = co_await asio::this_coro::executor;
    net::task_group reads{core, reads_at_once};
    // The traffic goes on: by number, since new objects may appear.
    auto const end = traffic.objects().size();
    for (auto i = end > most ? end - most : 0; i < end; ++i) {
        auto const& o = traffic.objects()[i];
        if (!o.removed) co_await reads.spawn(glance(o, r));
    }
    co_await reads.join();
}

} // namespace watertight::drill
