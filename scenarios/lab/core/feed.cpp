#include "scenarios/lab/core/feed.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <fmt/format.h>

#include <optional>

namespace watertight::lab {

using asio::ip::tcp;
using boost::system::error_code;
namespace websocket = boost::beast::websocket;

asio::awaitable<void> client_gone(tcp::socket& socket)
{
    error_code error;
    co_await socket.async_wait(
        tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error)
    );
    char byte = 0;
    std::size_t n = 0;
    if (!error) n = socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    if (n == 0) co_return;
    asio::steady_timer never{
        co_await asio::this_coro::executor, asio::steady_timer::time_point::max()};
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

// The next event that the client is to be told of; nothing when it has gone.
static asio::awaitable<std::optional<std::string>> next_of(tcp::socket& socket, live_feed& feed)
{
    using namespace asio::experimental::awaitable_operators;
    while (true) {
        auto first = co_await (feed.from->next() || client_gone(socket));
        if (first.index() != 0) co_return std::nullopt;
        auto what = std::get<0>(std::move(first));
        if (feed.wants(what)) co_return std::move(what.text);
    }
}

static std::string chunk_of(std::string const& text)
{
    auto const message = "data: " + text + "\n\n";
    return fmt::format("{:x}\r\n{}\r\n", message.size(), message);
}

asio::awaitable<void> tell_as_events(tcp::socket& socket, live_feed& feed)
{
    std::string out = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (auto const& text : feed.at_first) out += chunk_of(text);
    while (true) {
        error_code error;
        co_await asio::async_write(
            socket, asio::buffer(out), asio::redirect_error(asio::use_awaitable, error)
        );
        if (error) co_return;
        auto const text = co_await next_of(socket, feed);
        if (!text) co_return;
        out = chunk_of(*text);
    }
}

asio::awaitable<void>
tell_on_websocket(tcp::socket& socket, http_message const& opening, live_feed& feed)
{
    error_code error;
    websocket::stream<tcp::socket&> line{socket};
    co_await line.async_accept(opening, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    boost::beast::flat_buffer buffer;
    co_await line.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    auto text = feed.on_message(feed, boost::beast::buffers_to_string(buffer.data()));
    if (text.empty()) co_return;
    for (auto const& past : feed.at_first) text += "\n" + past;
    while (true) {
        co_await line.async_write(
            asio::buffer(text), asio::redirect_error(asio::use_awaitable, error)
        );
        if (error) co_return;
        auto const next = co_await next_of(socket, feed);
        if (!next) co_return;
        text = *next;
    }
}

} // namespace watertight::lab
