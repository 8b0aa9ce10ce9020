#include "harness/target/exchange.hpp"

#include "harness/base/text.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace watertight::target {

namespace {

// Short jobs are not waited for longer than they take, long ones not asked for all the time.
constexpr std::chrono::nanoseconds first_poll_pause = 10ms;
constexpr std::chrono::nanoseconds poll_pause_max = 100ms;

asio::awaitable<void> pause(std::chrono::nanoseconds duration)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(duration));
    co_await timer.async_wait(asio::use_awaitable);
}

errc kind_of(int status)
{
    if (status == 401 || status == 403) return errc::unauthorised;
    if (status == 404 || status == 410) return errc::not_found;
    return errc::rejected;
}

failure unexpected_status(operation const& op, net::http_response const& answer)
{
    return failure{
        kind_of(answer.status),
        fmt::format("{}: {} was answered with status {}", op.name, op.channel(), answer.status),
        fmt::to_string(answer.status)};
}

/// How long to wait before attempt number `attempt` + 1, if the answer lets it be repeated.
std::optional<std::chrono::nanoseconds>
pause_before_repeat(exchange const& x, int attempt, patience const& p)
{
    if (!x.answer || attempt >= p.attempts_max) return std::nullopt;
    auto const status = x.answer->status;
    auto const asked = retry_after(*x.answer, wall::now());
    // A conflict that may be gone in a moment says so.
    if (status != 429 && status != 503 && !(status == 409 && asked)) return std::nullopt;
    auto const wait = asked.value_or(std::chrono::nanoseconds{100ms} * (1 << std::min(attempt, 6)));
    return wait <= p.wait_max ? std::optional{wait} : std::nullopt;
}

/// Whether the job that the answer is about has not ended yet.
bool goes_on(operation const& op, exchange const& x)
{
    if (!op.poll.is_set() || !x.answer) return false;
    auto const status = x.answer->status;
    return (x.ok() || op.poll.is_pending(status)) && !op.poll.has_ended(status, x.answer->body);
}

asio::awaitable<exchange>
send_once(net::http_client& client, model const& m, operation const& op, rendered request)
{
    exchange x;
    x.request = std::move(request);
    auto wire = x.request.http;
    auto answer = co_await client.send(std::move(wire), m.timeout);
    if (!answer) {
        x.error = failure{
            answer.error().code, op.name + ": " + answer.error().message, answer.error().detail};
        co_return x;
    }
    x.answer = std::move(*answer);
    if (!op.accepts(x.answer->status)) x.error = unexpected_status(op, *x.answer);
    co_return x;
}

asio::awaitable<exchange> send_patiently(
    net::http_client& client, model const& m, operation const& op, rendered request, patience p
)
{
    for (int attempt = 1;; ++attempt) {
        auto copy = request;
        auto x = co_await send_once(client, m, op, std::move(copy));
        auto const wait = x.ok() ? std::nullopt : pause_before_repeat(x, attempt, p);
        if (!wait) co_return x;
        co_await pause(*wait);
    }
}

} // namespace

bool exchange::had_no_effect() const noexcept
{
    if (answer) return answer->status >= 400 && answer->status < 500;
    return request.http.wire.empty() || (error && is_definite(error->code));
}

asio::awaitable<exchange> perform(
    net::http_client& client, model const& m, operation const& op, scope s, overrides o, patience p
)
{
    auto request = render(m, op, s, o);
    if (!request) {
        exchange refused;
        refused.error = request.error();
        co_return refused;
    }
    auto const budget = op.within.count() > 0 ? op.within : std::chrono::nanoseconds{1min};
    auto const give_up = steady::now() + budget;
    auto wait = first_poll_pause;
    for (;;) {
        auto copy = *request;
        auto x = co_await send_patiently(client, m, op, std::move(copy), p);
        if (!goes_on(op, x)) co_return x;
        if (steady::now() >= give_up) {
            x.error = failure{
                errc::deadline_exceeded,
                fmt::format("{}: the job did not end within {}", op.name, human(budget)),
                {}};
            co_return x;
        }
        co_await pause(wait);
        wait = std::min(2 * wait, poll_pause_max);
    }
}

std::optional<std::chrono::nanoseconds>
retry_after(net::http_response const& answer, wall::time_point now)
{
    auto const header = answer.header("Retry-After");
    if (!header) return std::nullopt;
    auto const text = std::string{trim(*header)};
    double in_seconds = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), in_seconds);
    if (error == std::errc{} && end == text.data() + text.size()) {
        if (!(in_seconds >= 0 && in_seconds < 1e9)) return std::nullopt;
        return std::chrono::nanoseconds{static_cast<std::int64_t>(in_seconds * 1e9)};
    }
    std::tm date{};
    if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return std::nullopt;
    auto const due = wall::from_time_t(timegm(&date));
    return std::max<std::chrono::nanoseconds>(due - now, std::chrono::nanoseconds{0});
}

} // namespace watertight::target
