#pragma once

#include "scenarios/lab/core/event_bus.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace watertight::lab {

using http_message = boost::beast::http::request<boost::beast::http::string_body>;

/// Ends when the client has closed. Bytes of a further request end the watch, not the client.
asio::awaitable<void> client_gone(asio::ip::tcp::socket& socket);

/// Tells the client as Server-Sent Events until it closes.
asio::awaitable<void> tell_as_events(asio::ip::tcp::socket& socket, live_feed& feed);

/// The same on a WebSocket, which `opening` asked for.
asio::awaitable<void>
tell_on_websocket(asio::ip::tcp::socket& socket, http_message const& opening, live_feed& feed);

} // namespace watertight::lab
