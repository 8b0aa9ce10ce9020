#include "harness/probe/sink.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>

namespace watertight::probe {

using asio::ip::tcp;

// What the server answers.
static asio::awaitable<std::string> deliver(std::string url, std::string body)
{
    auto const rest = url.substr(std::string{"http://127.0.0.1:"}.size());
    std::uint16_t port = 0;
    auto const* const end = std::from_chars(rest.data(), rest.data() + rest.size(), port).ptr;
    auto const path = std::string{end, rest.data() + rest.size()};
    tcp::socket socket{co_await asio::this_coro::executor};
    tcp::endpoint const where{asio::ip::address_v4::loopback(), port};
    co_await socket.async_connect(where, asio::use_awaitable);
    auto const text = fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body
    );
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    std::string answer;
    boost::system::error_code error;
    co_await asio::async_read(
        socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, error)
    );
    co_return answer;
}

static asio::awaitable<void> use_two_boxes()
{
    sink to{co_await asio::this_coro::executor};
    WT_CO_ASSERT(to.open().has_value());
    auto const a = to.add("first");
    auto const b = to.add("second");
    to.refuse(b, 1);
    auto const refused = co_await deliver(to.url(b), "early");
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 503"));
    auto const taken = co_await deliver(to.url(b), "late canary");
    EXPECT_TRUE(taken.starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(to.delivered(a).empty());
    EXPECT_EQ(to.delivered(b).size(), 2U);
    std::vector<std::string> const canary{"canary"};
    auto const is_there = co_await to.wait_for(b, canary, 1, std::chrono::milliseconds{1});
    EXPECT_TRUE(is_there);
    auto const is_elsewhere = co_await to.wait_for(a, canary, 0, std::chrono::milliseconds{1});
    EXPECT_FALSE(is_elsewhere);
    auto const nowhere = co_await deliver(to.url(a).substr(0, 25) + "/x", "lost");
    EXPECT_FALSE(nowhere.starts_with("HTTP/1.1 200"));
    co_await to.close();
}

TEST(Sink, KeepsWhatIsDeliveredToEachBox)
{
    test::run_async(use_two_boxes());
}

TEST(Sink, KnowsWhenARequestIsWhole)
{
    EXPECT_FALSE(is_whole_request("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab"));
    EXPECT_TRUE(is_whole_request("POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"));
    EXPECT_TRUE(is_whole_request("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_FALSE(is_whole_request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"));
    EXPECT_TRUE(is_whole_request(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    ));
}

} // namespace watertight::probe
