#include "harness/probe/listener.hpp"

#include "harness/probe/event_text.hpp"

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

// The further ones as the scenario has them, or none where one can't be written.
static asio::awaitable<std::vector<std::string>> messages_of(
    context& ctx,
    target::event_stream const& what,
    target::actor& who,
    request_options const& options
)
{
    std::vector<std::string> out;
    std::vector<target::operation const*> all{&what.open};
    for (auto const& next : what.then) all.push_back(&next);
    for (auto const* const one : all) {
        if (one->body == target::body_kind::none) continue;
        auto const whole = co_await ctx.written(*one, who, options);
        auto const end = whole.wire.find("\r\n\r\n");
        if (end != std::string::npos) out.push_back(whole.wire.substr(end + 4));
    }
    co_return out;
}

asio::awaitable<listener> listener::open(
    context& ctx, target::event_stream const& what, target::actor& who, request_options options
)
{
    auto const op = opening_of(what);
    auto const& m = ctx.model();
    net::raw_line line{ctx.core(), m.base, m.connection};
    auto opening = co_await ctx.written(op, who, options);
    if (opening.wire.empty()) co_return listener{std::move(opening), std::move(line)};
    if (what.is_websocket) {
        opening.wire.erase(opening.wire.size() - 2);
        opening.wire += upgrade;
    }
    auto const deadline = steady::now() + m.timeout;
    auto bytes = opening.wire;
    auto const opened = co_await line.open(std::move(bytes), deadline);
    if (opened.has_error()) opening.failure = opened.error().message;
    while (opened.has_value() && head_in(line.received()).empty()) {
        auto const more = co_await line.more(deadline);
        if (!more) break;
    }
    if (what.is_websocket) {
        static constexpr std::chrono::nanoseconds patience = std::chrono::seconds{1};
        auto const messages = co_await messages_of(ctx, what, who, options);
        // What the target repeats of this is an echo.
        for (auto const& message : messages) opening.wire += message;
        co_await say_in_turn(line, messages, patience);
    }
    co_return listener{std::move(opening), std::move(line)};
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
    return ctx.observed(std::move(out));
}

} // namespace watertight::probe
