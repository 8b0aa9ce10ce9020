#include "harness/net/task_group.hpp"
#include "harness/probe/event_text.hpp"
#include "harness/probe/listener.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>

namespace watertight::probe {

using namespace std::chrono_literals;
using asio::ip::tcp;

// A frame's text behind its head of two bytes and its mask of four, for less than 126 bytes.
static std::string unmasked(std::string_view frame)
{
    std::string out;
    for (std::size_t i = 6; i < frame.size(); ++i) {
        out += static_cast<char>(frame[i] ^ frame[2 + (i - 6) % 4]);
    }
    return out;
}

static asio::awaitable<std::string> next_bytes(tcp::socket& from)
{
    std::array<char, 4096> buffer{};
    auto const n = co_await from.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    co_return std::string{buffer.data(), n};
}

// Acknowledges the connection before it takes a subscription, as servers of GraphQL do.
static asio::awaitable<void> acknowledge(tcp::acceptor& door, std::vector<std::string>& heard)
{
    auto socket = co_await door.async_accept(asio::use_awaitable);
    std::string opening;
    co_await asio::async_read_until(
        socket, asio::dynamic_buffer(opening), "\r\n\r\n", asio::use_awaitable
    );
    std::string const accepted = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(accepted), asio::use_awaitable);
    auto first = co_await next_bytes(socket);
    heard.push_back(unmasked(first));
    std::string const acknowledged{"\x81\x03"
                                   "ack"};
    co_await asio::async_write(socket, asio::buffer(acknowledged), asio::use_awaitable);
    auto second = co_await next_bytes(socket);
    heard.push_back(unmasked(second));
}

static asio::awaitable<void> subscribe(std::vector<std::string>& heard)
{
    auto const core = co_await asio::this_coro::executor;
    tcp::acceptor door{core, {asio::ip::address_v4::loopback(), 0}};
    net::task_group server{core, 1};
    server.try_spawn(acknowledge(door, heard));
    net::endpoint where;
    where.host = "127.0.0.1";
    where.port = door.local_endpoint().port();
    net::raw_line line{core, where, {}};
    auto const deadline = steady::now() + 10s;
    auto const opened = co_await line.open("GET / HTTP/1.1\r\n\r\n", deadline);
    WT_CO_ASSERT(opened.has_value());
    co_await line.more(deadline);
    std::vector<std::string> messages{"init", "subscribe"};
    co_await say_in_turn(line, std::move(messages), 10s);
    co_await server.join();
    EXPECT_NE(event_text(line.received()).find("ack"), std::string::npos);
}

TEST(SayInTurn, WaitsForAnAnswerToEachMessage)
{
    std::vector<std::string> heard;
    test::run_async(subscribe(heard));
    EXPECT_EQ(heard, (std::vector<std::string>{"init", "subscribe"}));
}

static target::operation taking(std::string pointer)
{
    target::operation out;
    out.captures.push_back({target::capture::from::json_pointer, "client", std::move(pointer)});
    return out;
}

static constexpr std::string_view opened = "HTTP/1.1 200 OK\r\n\r\n";

TEST(CapturedFrom, TakesFromOneEventsData)
{
    auto const text = std::string{opened} + "id:1\nevent:CONNECT\ndata:{\"clientId\":\"c17\"}\n\n";
    auto const found = captured_from(taking("/clientId"), text);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->find("client"), "c17");
}

TEST(CapturedFrom, WaitsForWhatIsNotThereYet)
{
    EXPECT_FALSE(captured_from(taking("/clientId"), "HTTP/1.1 200 OK\r\n"));
    EXPECT_FALSE(captured_from(taking("/clientId"), std::string{opened} + "data:{\"clie"));
}

} // namespace watertight::probe
