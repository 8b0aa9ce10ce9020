#include "harness/probe/listener.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/event_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::probe {

// A key is there to tell caches and servers apart, not to keep anything secret.
static constexpr std::string_view upgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: d2F0ZXJ0aWdodCBsaXN0ZQ==\r\n\r\n";

static target::operation opening_of(target::event_stream const& what)
{
    auto op = what.open;
    op.body = target::body_kind::none;
    op.body_text = {};
    op.parts.clear();
    if (!what.is_websocket) {
        op.headers.emplace_back(
            "Accept", target::template_text::compile("text/event-stream", target::escape::none)
        );
    }
    return op;
}

asio::awaitable<void> say_in_turn(
    net::raw_line& line, std::vector<std::string> messages, std::chrono::nanoseconds patience
)
{
    // Masks are there for proxies that take frames for requests; any will do.
    std::uint32_t key = 0x57617465;
    for (std::size_t i = 0; i < messages.size() && !line.has_ended(); ++i) {
        line.send(client_frame(messages[i], key++));
        // What came before it was sent is no answer to it.
        if (i + 1 < messages.size()) co_await line.more(steady::now() + patience);
    }
}

std::optional<target::values> captured_from(target::operation const& op, std::string_view received)
{
    auto const head = head_in(received);
    if (head.empty()) return std::nullopt;
    auto const text = event_text(received);
    net::http_response answer{.status = 200, .head = std::string{head}, .body = text, .took = {}};
    if (auto whole = target::run_captures(op, answer)) return *whole;
    for (auto line : split(text, '\n')) {
        static constexpr std::string_view data = "data:";
        if (line.starts_with(data)) line.remove_prefix(data.size());
        answer.body = trim(line);
        if (answer.body.empty()) continue;
        if (auto one = target::run_captures(op, answer)) return *one;
    }
    return std::nullopt;
}

listener::listener(context& ctx, target::event_stream const& what, target::actor& who)
    : ctx_{&ctx},
      what_{&what},
      who_{&who},
      line_{ctx.core(), ctx.model().base, ctx.model().connection}
{
}

static void add_all(target::values& to, target::values const& from)
{
    for (auto const& [name, value] : from.all()) to.set(name, value);
}

asio::awaitable<void>
listener::take(std::vector<target::operation> const& steps, request_options options)
{
    for (auto const& step : steps) {
        options.extra = &captured_;
        auto const e = co_await ctx_->send(step, *who_, options);
        said_ += e.wire;
        auto const is_taken = e.answered && step.accepts(e.status);
        if (!is_taken && trouble_.empty()) trouble_ = step.channel() + ": " + summary(e);
        net::http_response const answer{
            .status = e.status, .head = e.head, .body = e.body, .took = {}};
        auto const captured = target::run_captures(step, answer);
        if (captured) add_all(captured_, *captured);
        if (!captured && trouble_.empty()) trouble_ = captured.error().message;
    }
}

// In order, and as the scenario has them; none where one can't be written.
asio::awaitable<std::vector<std::string>> listener::messages(request_options options)
{
    std::vector<std::string> out;
    std::vector<target::operation const*> all{&what_->open};
    for (auto const& next : what_->then) all.push_back(&next);
    options.extra = &captured_;
    for (auto const* const one : all) {
        if (one->body == target::body_kind::none) continue;
        auto const whole = co_await ctx_->written(*one, *who_, options);
        auto const end = whole.wire.find("\r\n\r\n");
        if (end != std::string::npos) out.push_back(whole.wire.substr(end + 4));
    }
    co_return out;
}

asio::awaitable<void> listener::connect(request_options options)
{
    auto const op = opening_of(*what_);
    options.extra = &captured_;
    opening_ = co_await ctx_->written(op, *who_, std::move(options));
    if (opening_.wire.empty()) co_return;
    if (what_->is_websocket) {
        opening_.wire.erase(opening_.wire.size() - 2);
        opening_.wire += upgrade;
    }
    auto const deadline = steady::now() + ctx_->model().timeout;
    auto bytes = opening_.wire;
    auto const opened = co_await line_.open(std::move(bytes), deadline);
    if (opened.has_error()) opening_.failure = opened.error().message;
    while (opened.has_value() && head_in(line_.received()).empty()) {
        auto const more = co_await line_.more(deadline);
        if (!more) break;
    }
}

asio::awaitable<void> listener::take_from_what_is_told()
{
    if (what_->open.captures.empty()) co_return;
    auto const deadline = steady::now() + ctx_->model().timeout;
    while (true) {
        if (auto const found = captured_from(what_->open, line_.received())) {
            add_all(captured_, *found);
            co_return;
        }
        auto const more = co_await line_.more(deadline);
        if (more) continue;
        if (trouble_.empty()) {
            trouble_ = fmt::format("{} told nothing to capture", what_->open.channel());
        }
        co_return;
    }
}

asio::awaitable<listener> listener::open(
    context& ctx, target::event_stream const& what, target::actor& who, request_options options
)
{
    listener out{ctx, what, who};
    if (options.extra != nullptr) add_all(out.captured_, *options.extra);
    co_await out.take(what.before, options);
    co_await out.connect(options);
    if (out.opening_.wire.empty()) co_return out;
    co_await out.take_from_what_is_told();
    co_await out.take(what.subscribe, options);
    if (what.is_websocket) {
        static constexpr std::chrono::nanoseconds patience = std::chrono::seconds{1};
        auto const messages = co_await out.messages(options);
        // What the target repeats of this is an echo.
        for (auto const& message : messages) out.opening_.wire += message;
        co_await say_in_turn(out.line_, messages, patience);
    }
    co_return out;
}

asio::awaitable<bool>
listener::wait_for(std::vector<std::string> tokens, std::chrono::nanoseconds time)
{
    auto const deadline = steady::now() + time;
    while (true) {
        auto const text = event_text(line_.received());
        auto const is_there = [&](std::string const& token) {
            return text.find(token) != std::string::npos;
        };
        if (std::ranges::any_of(tokens, is_there)) co_return true;
        auto const more = co_await line_.more(deadline);
        if (!more) co_return false;
    }
}

exchange listener::heard(context& ctx) const
{
    auto out = opening_;
    out.head = head_in(line_.received());
    out.answered = !out.head.empty();
    if (!out.answered) {
        if (out.failure.empty()) out.failure = "no answer came in time";
        return out;
    }
    auto const code = out.head.find(' ');
    std::from_chars(out.head.data() + code + 1, out.head.data() + out.head.size(), out.status);
    out.body = event_text(line_.received());
    auto const opening = out.wire;
    out.wire += said_;
    out = ctx.observed(std::move(out));
    out.wire = opening;
    return out;
}

} // namespace watertight::probe
