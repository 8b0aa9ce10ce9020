#include "scenarios/lab/core/server.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/net/core.hpp"
#include "harness/net/task_group.hpp"
#include "scenarios/lab/core/feed.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include <array>
#include <iostream>

namespace watertight::lab {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using parser_type = http::request_parser<http::string_body>;

static constexpr std::size_t connections_max = 16'384;
static constexpr std::size_t body_bytes_max = 256U << 20;
static constexpr std::uint32_t head_bytes_max = 64U << 10;

// Wakes one waiting coroutine; its own loop only.
class bell {
public:
    explicit bell(asio::any_io_executor loop) : timer_(loop, asio::steady_timer::time_point::max())
    {
    }

    void ring()
    {
        rung_ = true;
        timer_.cancel();
    }

    asio::awaitable<void> wait()
    {
        boost::system::error_code ignored;
        if (!rung_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

private:
    asio::steady_timer timer_;
    bool rung_ = false;
};

// Where new connections of a core go. The pointers are used on that core's thread alone.
struct counter_clerk {
    asio::any_io_executor executor;
    net::task_group* connections = nullptr;
    service* serving = nullptr;
};

// What the cores and the accepting loop share; touched on the accepting loop alone.
struct front_desk {
    explicit front_desk(asio::any_io_executor loop) : home(loop), changed(loop), stopping(loop) {}

    asio::any_io_executor home;
    std::vector<counter_clerk> clerks;
    std::size_t clerks_wanted = 0;
    std::exception_ptr error;
    bell changed;
    bell stopping;
};

static request to_request(parser_type::value_type&& message)
{
    request out;
    out.method = message.method_string();
    set_target(out, message.target());
    for (auto const& field : message) out.headers.emplace_back(field.name_string(), field.value());
    out.body = std::move(message.body());
    return out;
}

static std::string head_of(response const& answer, bool keep_alive)
{
    auto head = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason_of(answer.status));
    if (answer.status != 204 && answer.status != 304) {
        fmt::format_to(
            std::back_inserter(head),
            "Content-Type: {}\r\nContent-Length: {}\r\n",
            answer.content_type,
            answer.body.size()
        );
    }
    for (auto const& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return head;
}

struct send_options {
    bool keep_alive = true;
    bool head_only = false;
};

// False if the connection is of no more use.
static asio::awaitable<bool> send(tcp::socket& socket, response const& answer, send_options how)
{
    auto const head = head_of(answer, how.keep_alive);
    auto const body = how.head_only ? std::string_view{} : std::string_view{answer.body};
    std::array<asio::const_buffer, 2> const parts{asio::buffer(head), asio::buffer(body)};
    boost::system::error_code error;
    co_await asio::async_write(socket, parts, asio::redirect_error(asio::use_awaitable, error));
    co_return !error && how.keep_alive;
}

// Reads one request into the parser. @return false if the connection ended or was refused.
static asio::awaitable<bool>
receive(tcp::socket& socket, beast::flat_buffer& buffer, parser_type& parser)
{
    boost::system::error_code error;
    co_await http::async_read_header(
        socket, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
    );
    if (!error && iequals(parser.get()[http::field::expect], "100-continue")) {
        std::string_view const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(
            socket, asio::buffer(go_on), asio::redirect_error(asio::use_awaitable, error)
        );
    }
    if (!error && !parser.is_done()) {
        co_await http::async_read(
            socket, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
        );
    }
    if (!error) co_return true;

    auto const is_http =
        error.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_http || error == http::error::end_of_stream || error == http::error::partial_message) {
        co_return false;
    }
    auto const too_large = error == http::error::body_limit || error == http::error::header_limit;
    auto const refused = too_large ? error_response(413, "TOO_LARGE", "the request is too large")
                                   : error_response(400, "BAD_REQUEST", error.message());
    send_options const how{.keep_alive = false};
    co_return co_await send(socket, refused, how);
}

// Nothing if the client went away meanwhile: what worked for it was cancelled where it stood.
static asio::awaitable<std::optional<response>>
answer_while_there(tcp::socket& socket, service& serving, request in)
{
    using namespace asio::experimental::awaitable_operators;
    auto first = co_await (serving.answer(std::move(in)) || client_gone(socket));
    if (first.index() != 0) co_return std::nullopt;
    co_return std::get<0>(std::move(first));
}

static asio::awaitable<std::optional<response>>
answer_of(tcp::socket& socket, service& serving, request in)
{
    if (serving.stops_for_lost_clients()) {
        co_return co_await answer_while_there(socket, serving, std::move(in));
    }
    co_return co_await serving.answer(std::move(in));
}

static asio::awaitable<void> converse(tcp::socket socket, service& serving, bool verbose)
{
    beast::flat_buffer buffer;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    while (true) {
        parser_type parser;
        parser.body_limit(body_bytes_max);
        parser.header_limit(head_bytes_max);
        auto const received = co_await receive(socket, buffer, parser);
        if (!received) break;

        send_options const how{
            .keep_alive = parser.keep_alive(),
            .head_only = parser.get().method() == http::verb::head};
        auto message = parser.release();
        auto const opening = beast::websocket::is_upgrade(message) ? message : http_message{};
        auto in = to_request(std::move(message));
        auto const line = verbose ? in.method + " " + in.path : std::string{};
        auto const answer = co_await answer_of(socket, serving, std::move(in));
        if (!answer) break;
        if (verbose) std::cerr << fmt::format("{} {}\n", line, answer->status);
        if (answer->feed && answer->feed->on_message) {
            co_await tell_on_websocket(socket, opening, *answer->feed);
            break;
        }
        if (answer->feed) {
            co_await tell_as_events(socket, *answer->feed);
            break;
        }
        auto const sent = co_await send(socket, *answer, how);
        if (!sent) break;
    }
    socket.shutdown(tcp::socket::shutdown_both, ignored);
}

struct core_start {
    dialect* spoken;
    front_desk* desk;
    std::size_t core;
};

static asio::awaitable<void> live(core_start start, asio::any_io_executor executor)
{
    auto const serving = start.spoken->open(start.core, executor);
    net::task_group connections{executor, connections_max};
    counter_clerk const self{executor, &connections, serving.get()};
    asio::post(start.desk->home, [desk = start.desk, self] {
        desk->clerks.push_back(self);
        if (desk->clerks.size() == desk->clerks_wanted) desk->changed.ring();
    });

    bell never{executor};
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await never.wait();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    connections.cancel();
    co_await connections.join();
    co_await serving->close();
}

static asio::awaitable<void> run_cores(dialect& spoken, front_desk& desk, std::stop_token stop)
{
    auto const work = [&spoken, &desk](std::size_t core, asio::any_io_executor executor) {
        return live({&spoken, &desk, core}, std::move(executor));
    };
    try {
        co_await net::run_on_cores(desk.clerks_wanted, work, stop);
    } catch (std::exception const&) {
        desk.error = std::current_exception();
    }
    desk.changed.ring();
    desk.stopping.ring();
}

static asio::awaitable<void> accept_all(tcp::acceptor& acceptor, front_desk& desk, bool verbose)
{
    for (std::size_t turn = 0;; ++turn) {
        auto const& clerk = desk.clerks[turn % desk.clerks.size()];
        boost::system::error_code error;
        auto socket = co_await acceptor.async_accept(
            clerk.executor, asio::redirect_error(asio::use_awaitable, error)
        );
        if (error) continue;
        auto hand_over = [clerk, verbose, socket = std::move(socket)]() mutable {
            clerk.connections->try_spawn(converse(std::move(socket), *clerk.serving, verbose));
        };
        asio::post(clerk.executor, std::move(hand_over));
    }
}

static tcp::acceptor listen(asio::any_io_executor executor, std::uint16_t port)
{
    try {
        return {executor, tcp::endpoint{asio::ip::address_v4::loopback(), port}, true};
    } catch (boost::system::system_error const& e) {
        throw run_error{fmt::format("cannot listen on 127.0.0.1:{}: {}", port, e.code().message())};
    }
}

asio::awaitable<void> serve(
    dialect& spoken,
    server_options options,
    std::function<asio::awaitable<void>(std::uint16_t)> ready,
    std::stop_token stop
)
{
    auto const home = co_await asio::this_coro::executor;
    auto acceptor = listen(home, options.port);
    front_desk desk{home};
    desk.clerks_wanted = options.cores;
    auto const on_stop = [&desk] { asio::post(desk.home, [&desk] { desk.stopping.ring(); }); };
    std::stop_callback const stop_watch{stop, on_stop};

    std::stop_source cores_stop;
    net::task_group cores{home, 1};
    net::task_group accepting{home, 1};
    co_await cores.spawn(run_cores(spoken, desk, cores_stop.get_token()));
    co_await desk.changed.wait();
    if (!desk.error) {
        co_await accepting.spawn(accept_all(acceptor, desk, options.verbose));
        try {
            co_await ready(acceptor.local_endpoint().port());
            co_await desk.stopping.wait();
        } catch (std::exception const&) {
            desk.error = std::current_exception();
        }
    }
    // No connection may be handed to a core that has ended.
    accepting.cancel();
    co_await accepting.join();
    cores_stop.request_stop();
    co_await cores.join();
    if (desk.error) std::rethrow_exception(desk.error);
}

} // namespace watertight::lab
