#include "harness/telemetry/service.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/net/http_client.hpp"
#include "harness/net/task_group.hpp"
#include "harness/telemetry/exposition.hpp"
#include "harness/telemetry/otlp.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

#include <charconv>
#include <thread>

namespace watertight::telemetry {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

static constexpr auto patience = std::chrono::seconds{3};
static constexpr auto scrape_timeout = std::chrono::seconds{10};
static constexpr std::size_t scrapers_max = 16;
static constexpr std::uint32_t head_bytes_max = 16U << 10;

// "9464", "127.0.0.1:9464", "[::1]:9464".
static tcp::endpoint listening_place(std::string const& text)
{
    auto const colon = text.rfind(':');
    auto host = colon == text.npos ? std::string{"127.0.0.1"} : text.substr(0, colon);
    auto const digits = colon == text.npos ? text : text.substr(colon + 1);
    if (host == "localhost") host = "127.0.0.1";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    auto const* const end = digits.data() + digits.size();
    auto const [stop, wrong] = std::from_chars(digits.data(), end, port);
    boost::system::error_code error;
    auto const address = asio::ip::make_address(host, error);
    if (error || wrong != std::errc{} || stop != end) {
        throw usage_error{fmt::format(
            "--metrics-listen: \"{}\" is no address; expected a port (9464) or address:port "
            "(127.0.0.1:9464, [::1]:9464)",
            text
        )};
    }
    return {address, port};
}

// Percent-decodes a value, as the variable has it.
static std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        auto const* const from = text.data() + i + 1;
        auto const is_escape = text[i] == '%' && i + 2 < text.size() &&
                               std::from_chars(from, from + 2, byte, 16).ptr == from + 2;
        out += is_escape ? static_cast<char>(byte) : text[i];
        if (is_escape) i += 2;
    }
    return out;
}

static std::string header_lines(std::string_view list)
{
    std::string out;
    for (auto const entry : split(list, ',')) {
        auto const equals = entry.find('=');
        if (trim(entry).empty()) continue;
        auto const name = trim(entry.substr(0, equals));
        auto const value = equals == entry.npos ? "" : decoded(trim(entry.substr(equals + 1)));
        auto const is_bad = equals == entry.npos || name.empty() ||
                            name.find_first_of(" :\r\n") != name.npos ||
                            value.find_first_of("\r\n") != value.npos;
        // Values may be secrets: the message shows none.
        if (is_bad) throw usage_error{"OTEL_EXPORTER_OTLP_HEADERS is no list of name=value"};
        out += fmt::format("{}: {}\r\n", name, value);
    }
    return out;
}

struct service::state {
    state(board const& b, exports e) : from{b}, where{std::move(e)} {}

    board const& from;
    exports where;
    asio::io_context loop{1};
    tcp::acceptor door{loop};
    asio::steady_timer pause{loop};
    net::url receiver{};
    std::string headers{};
    std::unique_ptr<net::http_client> client{};
    bool ending = false;
    std::size_t pushes = 0;
    std::size_t failures = 0;
    std::string last_failure{};
    std::exception_ptr broken{};
    std::thread worker{};

    void open_door();
    void prepare_pushing();
    asio::awaitable<void> accept(net::task_group& scrapers);
    asio::awaitable<void> answer(tcp::socket socket);
    asio::awaitable<void> push();
    asio::awaitable<void> live();
    void start();
    void end();
};

void service::state::open_door()
{
    auto const place = listening_place(where.listen);
    boost::system::error_code error;
    door.open(place.protocol(), error);
    if (!error) door.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) door.bind(place, error);
    if (!error) door.listen(static_cast<int>(scrapers_max), error);
    if (error) {
        throw run_error{
            fmt::format("--metrics-listen: {} can't be used: {}", where.listen, error.message())};
    }
}

void service::state::prepare_pushing()
{
    auto parsed = net::parse_url(where.otlp);
    if (parsed.has_error()) throw usage_error{"--otlp: " + parsed.error().message};
    receiver = std::move(*parsed);
    static constexpr std::string_view path = "/v1/metrics";
    if (!receiver.target.ends_with(path)) {
        while (receiver.target.ends_with('/')) receiver.target.pop_back();
        receiver.target += path;
    }
    headers = header_lines(where.otlp_headers);
    net::connection_options options;
    options.connect_timeout = patience;
    client = std::make_unique<net::http_client>(loop.get_executor(), receiver.where, options, 1);
}

// The response of one path; everything else is not there.
static http::response<http::string_body>
response_to(http::request<http::empty_body> const& request, board const& from)
{
    http::response<http::string_body> out{http::status::ok, request.version()};
    out.keep_alive(request.keep_alive());
    auto const path = request.target().substr(0, request.target().find('?'));
    auto const is_read =
        request.method() == http::verb::get || request.method() == http::verb::head;
    if (!is_read) {
        out.result(http::status::method_not_allowed);
        out.set(http::field::allow, "GET, HEAD");
    } else if (path != "/metrics") {
        out.result(http::status::not_found);
        out.set(http::field::content_type, "text/plain");
        out.body() = "Live metrics of a Watertight run are at /metrics.\n";
    } else {
        auto const accept = request[http::field::accept];
        auto const d = dialect_for({accept.data(), accept.size()});
        auto const type = content_type(d);
        out.set(http::field::content_type, {type.data(), type.size()});
        out.body() = exposition(from.snapshot(), from.about(), d);
    }
    out.prepare_payload();
    if (request.method() == http::verb::head) out.body().clear();
    return out;
}

asio::awaitable<void> service::state::answer(tcp::socket socket)
{
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer{head_bytes_max};
    for (;;) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(head_bytes_max);
        boost::system::error_code error;
        stream.expires_after(scrape_timeout);
        co_await http::async_read(
            stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
        );
        if (error) break;
        auto const response = response_to(parser.get(), from);
        http::response_serializer<http::string_body> writer{response};
        writer.split(false);
        stream.expires_after(scrape_timeout);
        co_await http::async_write(
            stream, writer, asio::redirect_error(asio::use_awaitable, error)
        );
        if (error || !response.keep_alive()) break;
    }
}

asio::awaitable<void> service::state::accept(net::task_group& scrapers)
{
    for (;;) {
        auto socket = co_await door.async_accept(asio::use_awaitable);
        // Whoever comes while all places are taken is let go at once.
        scrapers.try_spawn(answer(std::move(socket)));
    }
}

asio::awaitable<void> service::state::push()
{
    auto const body = otlp_request(from.snapshot(), from.about(), from.begun(), wall::now());
    net::http_request request;
    request.wire = fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{}"
        "Content-Length: {}\r\n\r\n{}",
        receiver.target,
        receiver.where.authority(),
        headers,
        body.size(),
        body
    );
    ++pushes;
    auto const answer = co_await client->send(std::move(request), patience);
    auto const is_taken = answer.has_value() && answer->ok();
    if (is_taken) co_return;
    ++failures;
    last_failure =
        answer.has_value() ? fmt::format("HTTP {}", answer->status) : answer.error().message;
}

asio::awaitable<void> service::state::live()
{
    static constexpr auto nothing_to_do = std::chrono::hours{24};
    net::task_group scrapers{loop.get_executor(), scrapers_max + 1};
    if (door.is_open()) scrapers.try_spawn(accept(scrapers));
    while (!ending) {
        boost::system::error_code ended;
        pause.expires_after(client ? where.interval : nothing_to_do);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        if (client && !ending) co_await push();
    }
    // How it ended, whatever was pushed a moment before.
    if (client) co_await push();
    scrapers.cancel();
    co_await scrapers.join();
}

void service::state::start()
{
    auto const on_end = [this](std::exception_ptr e) {
        broken = e;
        // The client's own timers would keep it going for a while.
        loop.stop();
    };
    asio::co_spawn(loop, live(), on_end);
    worker = std::thread{[this] { loop.run(); }};
}

void service::state::end()
{
    if (!worker.joinable()) return;
    asio::post(loop, [this] {
        ending = true;
        pause.cancel();
    });
    worker.join();
}

service::service(board const& from, exports where)
    : state_{std::make_unique<state>(from, std::move(where))}
{
    if (!state_->where.listen.empty()) state_->open_door();
    if (!state_->where.otlp.empty()) state_->prepare_pushing();
    state_->start();
}

service::~service()
{
    state_->end();
}

std::string service::address() const
{
    if (!state_->door.is_open()) return {};
    auto const place = state_->door.local_endpoint();
    auto const is_v6 = place.address().is_v6();
    return fmt::format(
        "http://{}{}{}:{}/metrics",
        is_v6 ? "[" : "",
        place.address().to_string(),
        is_v6 ? "]" : "",
        place.port()
    );
}

std::string service::finish()
{
    state_->end();
    if (state_->broken) return "they ended before the run did";
    if (state_->failures == 0) return {};
    return fmt::format(
        "{} of {} to {} failed, the last one with: {}",
        state_->failures,
        plural(state_->pushes, "export"),
        state_->receiver.where.origin(),
        state_->last_failure
    );
}

} // namespace watertight::telemetry
