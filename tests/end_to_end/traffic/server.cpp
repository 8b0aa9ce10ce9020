#include "tests/end_to_end/traffic/server.hpp"

#include "harness/net/asio.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <charconv>
#include <thread>

namespace watertight::traffic {

using asio::ip::tcp;

static constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

struct server::state {
    asio::io_context context{1};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    asio::steady_timer staller{context};
    std::function<reply(std::string_view, std::string_view)> answer;
    std::atomic<std::uint64_t> served{0};
    std::atomic<std::uint64_t> connections{0};
    std::thread thread;
};

static std::string as_text(reply const& r)
{
    auto const head =
        fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\n{}", r.status, r.headers);
    if (r.trailers.empty()) {
        return fmt::format("{}Content-Length: {}\r\n\r\n{}", head, r.body.size(), r.body);
    }
    return fmt::format(
        "{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n{}\r\n",
        head,
        r.body.size(),
        r.body,
        r.trailers
    );
}

static std::size_t length_of(std::string_view head)
{
    std::size_t n = 0;
    auto const at = head.find("Content-Length: ");
    if (at != std::string_view::npos) {
        std::from_chars(head.data() + at + 16, head.data() + head.size(), n);
    }
    return n;
}

template <class State>
static asio::awaitable<void> serve(State& s, tcp::socket socket)
{
    std::string buffer;
    for (;;) {
        auto const [failed, head_size] = co_await asio::async_read_until(
            socket, asio::dynamic_buffer(buffer), "\r\n\r\n", as_result
        );
        if (failed) co_return;
        auto const whole = head_size + length_of(std::string_view{buffer}.substr(0, head_size));
        while (buffer.size() < whole) {
            auto const old = buffer.size();
            buffer.resize(whole);
            auto const room = asio::buffer(buffer.data() + old, whole - old);
            auto const [broken, n] = co_await socket.async_read_some(room, as_result);
            buffer.resize(old + n);
            if (broken) co_return;
        }
        auto const all = std::string_view{buffer};
        auto const r = s.answer(all.substr(0, head_size), all.substr(head_size, whole - head_size));
        buffer.erase(0, whole);
        if (r.delay.count() > 0) {
            asio::steady_timer pause{socket.get_executor(), r.delay};
            co_await pause.async_wait(as_result);
        }
        if (r.resets) {
            socket.set_option(asio::socket_base::linger{true, 0});
            co_return;
        }
        auto const text = as_text(r);
        ++s.served;
        auto const [gone, n] = co_await asio::async_write(socket, asio::buffer(text), as_result);
        if (gone) co_return;
    }
}

template <class State>
static asio::awaitable<void> accept(State& s)
{
    for (;;) {
        auto [failed, socket] = co_await s.acceptor.async_accept(as_result);
        if (failed) co_return;
        ++s.connections;
        socket.set_option(tcp::no_delay{true});
        auto ignore = [](std::exception_ptr) {};
        asio::co_spawn(s.context, serve(s, std::move(socket)), ignore);
    }
}

server::server(std::function<reply(std::string_view, std::string_view)> answer)
    : state_{std::make_unique<state>()}
{
    state_->answer = std::move(answer);
    auto ignore = [](std::exception_ptr) {};
    asio::co_spawn(state_->context, accept(*state_), ignore);
    state_->thread = std::thread{[s = state_.get()] { s->context.run(); }};
}

server::~server()
{
    state_->context.stop();
    state_->thread.join();
}

std::uint16_t server::port() const noexcept
{
    return state_->acceptor.local_endpoint().port();
}

std::uint64_t server::served() const noexcept
{
    return state_->served;
}

std::uint64_t server::connections() const noexcept
{
    return state_->connections;
}

void server::stall(std::chrono::milliseconds after, std::chrono::milliseconds length)
{
    asio::post(state_->context, [s = state_.get(), after, length] {
        s->staller.expires_after(after);
        s->staller.async_wait([length](boost::system::error_code) {
            std::this_thread::sleep_for(length);
        });
    });
}

} // namespace watertight::traffic
