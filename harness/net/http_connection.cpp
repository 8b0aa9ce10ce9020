#include "harness/net/http_connection.hpp"

#include "harness/base/clock.hpp"
#include "harness/net/exclusive_use.hpp"
#include "harness/net/http_parser.hpp"
#include "harness/net/tls.hpp"
#include "harness/net/watchdog.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <optional>
#include <vector>

namespace watertight::net {

using asio::ip::tcp;
using boost::system::error_code;

static constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

struct http_connection::state {
    state(asio::any_io_executor core, endpoint where_, connection_options options_)
        : where{std::move(where_)},
          options{std::move(options_)},
          resolver{core},
          socket{core},
          parser{options.body_bytes_max},
          watch{core, [this] { interrupt(); }}
    {
    }

    asio::awaitable<result<http_response_view>>
    exchange(std::string_view wire, bool is_head, std::chrono::nanoseconds budget);
    asio::awaitable<result<void>> connect(std::chrono::nanoseconds budget);

    asio::awaitable<result<void>> open_until(steady::time_point deadline);
    asio::awaitable<result<void>> resolve();
    asio::awaitable<error_code> reach_any(steady::time_point deadline);
    asio::awaitable<result<void>> shake_hands();
    asio::awaitable<result<void>> attempt(std::string_view wire, bool is_head);
    asio::awaitable<error_code> write_rest(std::string_view wire);
    asio::awaitable<result<void>> read_response();

    error_code write_now(std::string_view& wire);
    bool is_stale();
    failure interrupted(error_code const& error) const;
    failure cannot_connect(std::string_view why) const;
    void interrupt();
    void close() noexcept;
    void abandon() noexcept { close(); }

    endpoint where;
    connection_options options;
    tcp::resolver resolver;
    tcp::socket socket;
    std::shared_ptr<asio::ssl::context> context;
    std::optional<tls_stream> tls;
    http_parser parser;
    watchdog watch;
    // Every address of the host, the one that worked last in front.
    std::vector<tcp::endpoint> addresses;
    std::uint64_t connects = 0;
    steady::time_point sent_at;
    std::chrono::nanoseconds took{};
    bool open = false;
    bool busy = false;
};

static bool is_safe(std::string_view wire)
{
    return wire.starts_with("GET ") || wire.starts_with("HEAD ") || wire.starts_with("OPTIONS ");
}

void http_connection::state::interrupt()
{
    resolver.cancel();
    close();
}

void http_connection::state::close() noexcept
{
    open = false;
    error_code ignored;
    socket.close(ignored);
    // While an operation is under way, `tls` is in use by it; the next connect replaces it.
}

failure http_connection::state::cannot_connect(std::string_view why) const
{
    return {errc::unreachable, fmt::format("cannot connect to {}: {}", where.origin(), why), {}};
}

// What ended an operation on an open connection.
failure http_connection::state::interrupted(error_code const& error) const
{
    if (watch.expired()) {
        return {errc::deadline_exceeded, where.origin() + " did not answer in time", {}};
    }
    auto const why = error == asio::error::operation_aborted ? "it was closed" : error.message();
    return {
        errc::connection_lost,
        fmt::format(
            "the connection to {} broke after {} bytes of the response: {}",
            where.origin(),
            parser.bytes_received(),
            why
        ),
        {}};
}

asio::awaitable<result<void>> http_connection::state::resolve()
{
    error_code not_an_address;
    auto const address = asio::ip::make_address(where.host, not_an_address);
    if (!not_an_address) {
        addresses = {tcp::endpoint{address, where.port}};
        co_return boost::system::in_place_value;
    }
    if (where.host.ends_with(".localhost")) {
        // RFC 6761: these never go to a name server, whatever the system's resolver thinks.
        addresses = {
            {asio::ip::address_v4::loopback(), where.port},
            {asio::ip::address_v6::loopback(), where.port},
        };
        co_return boost::system::in_place_value;
    }
    auto const service = std::to_string(where.port);
    auto const flags = tcp::resolver::numeric_service;
    auto const [error, found] =
        co_await resolver.async_resolve(where.host, service, flags, as_result);
    if (error) {
        auto const why = watch.expired() ? "its name was not resolved in time" : error.message();
        co_return cannot_connect(why);
    }
    addresses.assign(found.begin(), found.end());
    co_return boost::system::in_place_value;
}

// Each address gets its share of the time that is left, so that a dead one does not eat it all.
asio::awaitable<error_code> http_connection::state::reach_any(steady::time_point deadline)
{
    error_code last;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        auto const now = steady::now();
        auto const tries = static_cast<std::int64_t>(addresses.size() - i);
        watch.arm(now + (deadline - now) / tries);
        error_code ignored;
        socket.close(ignored);
        auto const [error] = co_await socket.async_connect(addresses[i], as_result);
        if (!error) {
            std::swap(addresses[0], addresses[i]);
            co_return error;
        }
        last = watch.expired() ? error_code{asio::error::timed_out} : error;
        auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
        if (stop != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
    }
    co_return last;
}

asio::awaitable<result<void>> http_connection::state::shake_hands()
{
    if (!context) {
        auto made = tls_context(options.tls);
        if (made.has_error()) co_return cannot_connect(made.error().message);
        context = std::move(*made);
    }
    tls.emplace(socket, *context);
    auto const expected = expect_peer(*tls, options.tls, where.host);
    if (expected.has_error()) co_return cannot_connect(expected.error().message);
    auto const [error] = co_await tls->async_handshake(asio::ssl::stream_base::client, as_result);
    if (!error) co_return boost::system::in_place_value;
    co_return cannot_connect(
        watch.expired() ? "the TLS handshake did not end in time" : handshake_fault(*tls, error)
    );
}

// `deadline` is the caller's; connecting has its own limit besides.
asio::awaitable<result<void>> http_connection::state::open_until(steady::time_point deadline)
{
    auto const limit = std::min(deadline, deadline_after(options.connect_timeout));
    tls.reset();
    watch.arm(limit);
    if (addresses.empty()) {
        auto resolved = co_await resolve();
        if (resolved.has_error()) co_return resolved.error();
    }
    auto const error = co_await reach_any(limit);
    auto const in_time = steady::now() < deadline;
    if (error && !in_time) co_return interrupted(error);
    if (error) co_return cannot_connect(error.message());
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.non_blocking(true, ignored);
    if (where.tls) {
        watch.arm(limit);
        auto shaken = co_await shake_hands();
        if (shaken.has_error()) co_return shaken.error();
    }
    open = true;
    ++connects;
    co_return boost::system::in_place_value;
}

// A server that closed an idle connection, or said something on it unasked, will not answer on it.
bool http_connection::state::is_stale()
{
    char byte{};
    auto const n = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
    // Under TLS a pending record may be a session ticket.
    return n == 0 || !where.tls;
}

// Nearly every request fits the socket's buffer: then no operation has to be queued for it.
error_code http_connection::state::write_now(std::string_view& wire)
{
    error_code error;
    if (tls) return error;
    wire.remove_prefix(socket.write_some(asio::buffer(wire), error));
    return error == asio::error::would_block ? error_code{} : error;
}

asio::awaitable<error_code> http_connection::state::write_rest(std::string_view wire)
{
    if (tls) {
        auto const [error, n] = co_await asio::async_write(*tls, asio::buffer(wire), as_result);
        co_return error;
    }
    auto const [error, n] = co_await asio::async_write(socket, asio::buffer(wire), as_result);
    co_return error;
}

asio::awaitable<result<void>> http_connection::state::read_response()
{
    for (;;) {
        auto const free = parser.room();
        auto const room = asio::buffer(free.data(), free.size());
        error_code error;
        std::size_t n = 0;
        if (tls) {
            std::tie(error, n) = co_await tls->async_read_some(room, as_result);
        } else {
            std::tie(error, n) = co_await socket.async_read_some(room, as_result);
        }
        if (n > 0) {
            auto const complete = parser.received(n);
            if (complete.has_error()) {
                co_return failure{
                    complete.error().code, where.origin() + ": " + complete.error().message, {}};
            }
            if (*complete) co_return boost::system::in_place_value;
        }
        if (!error) continue;
        // A body that ends with the connection has ended; a truncated TLS stream has not.
        if (error == asio::error::eof && parser.ended().has_value()) {
            co_return boost::system::in_place_value;
        }
        co_return interrupted(error);
    }
}

asio::awaitable<result<void>> http_connection::state::attempt(std::string_view wire, bool is_head)
{
    parser.start(is_head);
    sent_at = steady::now();
    auto error = write_now(wire);
    if (!error && !wire.empty()) error = co_await write_rest(wire);
    if (error == asio::error::operation_aborted) co_return interrupted(error);
    // A server may answer and close before it has read everything (413, 431): its answer counts.
    auto received = co_await read_response();
    took = steady::now() - sent_at;
    co_return received;
}

asio::awaitable<result<http_response_view>> http_connection::state::exchange(
    std::string_view wire, bool is_head, std::chrono::nanoseconds budget
)
{
    exclusive_use use{*this};
    auto const deadline = deadline_after(budget);
    auto const safe = is_safe(wire);
    if (open && !safe && is_stale()) close();
    for (bool reused = open;; reused = false) {
        if (!open) {
            auto opened = co_await open_until(deadline);
            if (opened.has_error()) co_return opened.error();
        }
        watch.arm(deadline);
        auto received = co_await attempt(wire, is_head);
        if (received.has_value()) break;
        close();
        auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
        if (stop != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
        auto const unanswered = received.error().code == errc::connection_lost &&
                                parser.bytes_received() == 0 && !watch.expired();
        if (!reused || !safe || !unanswered) co_return received.error();
    }
    auto const view = parser.view();
    use.finished = !view.closes;
    co_return view;
}

asio::awaitable<result<void>> http_connection::state::connect(std::chrono::nanoseconds budget)
{
    if (open) co_return boost::system::in_place_value;
    exclusive_use use{*this};
    auto const deadline = deadline_after(budget);
    auto opened = co_await open_until(deadline);
    use.finished = opened.has_value();
    co_return opened;
}

http_connection::http_connection(
    asio::any_io_executor core, endpoint where, connection_options options
)
    : state_{std::make_unique<state>(std::move(core), std::move(where), std::move(options))}
{
}

http_connection::http_connection(http_connection&&) noexcept = default;
http_connection& http_connection::operator=(http_connection&&) noexcept = default;
http_connection::~http_connection() = default;

asio::awaitable<result<http_response_view>>
http_connection::exchange(std::string_view wire, bool is_head, std::chrono::nanoseconds budget)
{
    return state_->exchange(wire, is_head, budget);
}

asio::awaitable<result<void>> http_connection::connect(std::chrono::nanoseconds budget)
{
    return state_->connect(budget);
}

void http_connection::close() noexcept
{
    state_->close();
}

bool http_connection::is_open() const noexcept
{
    return state_->open;
}

std::uint64_t http_connection::connects() const noexcept
{
    return state_->connects;
}

std::chrono::nanoseconds http_connection::took() const noexcept
{
    return state_->took;
}

} // namespace watertight::net
