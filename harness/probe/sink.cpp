#include "harness/probe/sink.hpp"

#include "harness/base/text.hpp"
#include "harness/net/deadline.hpp"
#include "harness/net/http.hpp"
#include "harness/net/task_group.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace watertight::probe {

using asio::ip::tcp;
using boost::system::error_code;

// Nobody needs to deliver more at once, and nothing longer.
static constexpr std::size_t connections_max = 64;
static constexpr std::size_t bytes_max = 1U << 20;

struct sink::state {
    struct mailbox {
        std::string path;
        std::vector<std::string> delivered{};
        std::size_t refusals = 0;
    };

    explicit state(asio::any_io_executor on) : core{on}, door{on}, tasks{on, connections_max} {}

    mailbox* find(std::string_view request);
    asio::awaitable<void> serve();
    asio::awaitable<void> receive(tcp::socket from);

    asio::any_io_executor core;
    tcp::acceptor door;
    std::vector<mailbox> boxes{};
    net::task_group tasks;
};

bool is_whole_request(std::string_view received)
{
    auto const end = received.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    auto const head = received.substr(0, end);
    auto const coding = to_lower(net::find_header(head, "Transfer-Encoding").value_or(""));
    if (coding.find("chunked") != std::string::npos) {
        return received.ends_with("\r\n0\r\n\r\n");
    }
    auto const text = net::find_header(head, "Content-Length").value_or("");
    std::size_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return received.size() - end - 4 >= length;
}

sink::state::mailbox* sink::state::find(std::string_view request)
{
    auto const line = request.substr(0, request.find("\r\n"));
    auto const first = line.find(' ');
    auto const target = first == line.npos ? line : line.substr(first + 1);
    auto const found =
        std::ranges::find_if(boxes, [&](auto const& b) { return target.starts_with(b.path); });
    return found == boxes.end() ? nullptr : &*found;
}

asio::awaitable<void> sink::state::receive(tcp::socket from)
{
    std::array<char, 16'384> buffer{};
    std::string request;
    error_code error;
    while (!error && !is_whole_request(request) && request.size() < bytes_max) {
        auto const n = co_await from.async_read_some(
            asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error)
        );
        request.append(buffer.data(), n);
    }
    auto* const to = find(request);
    auto const* status = to == nullptr ? "404 Not Found" : "200 OK";
    if (to != nullptr) {
        if (to->refusals > 0) {
            --to->refusals;
            status = "503 Service Unavailable";
        }
        to->delivered.push_back(std::move(request));
    }
    auto const answer =
        fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    co_await asio::async_write(
        from, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error)
    );
}

asio::awaitable<void> sink::state::serve()
{
    while (true) {
        error_code error;
        auto from = co_await door.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        tasks.try_spawn(receive(std::move(from)));
    }
}

sink::sink(asio::any_io_executor core) : state_{std::make_unique<state>(std::move(core))}
{
}

sink::~sink() = default;

result<void> sink::open()
{
    auto& s = *state_;
    tcp::endpoint const where{asio::ip::address_v4::loopback(), 0};
    error_code error;
    s.door.open(where.protocol(), error);
    if (!error) s.door.bind(where, error);
    if (!error) s.door.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
        return failure{errc::unreachable, "no port for deliveries: " + error.message(), {}};
    }
    s.tasks.try_spawn(s.serve());
    return result<void>{};
}

sink::box sink::add(std::string_view secret)
{
    auto& boxes = state_->boxes;
    boxes.push_back({fmt::format("/deliveries/{}{}/", secret, boxes.size())});
    return boxes.size() - 1;
}

std::string sink::url(box b) const
{
    auto const& s = *state_;
    error_code error;
    auto const port = s.door.local_endpoint(error).port();
    return fmt::format("http://127.0.0.1:{}{}", port, s.boxes[b].path);
}

void sink::refuse(box b, std::size_t times)
{
    state_->boxes[b].refusals = times;
}

std::vector<std::string> const& sink::delivered(box b) const
{
    return state_->boxes[b].delivered;
}

asio::awaitable<bool> sink::wait_for(
    box b, std::vector<std::string> tokens, std::size_t after, std::chrono::nanoseconds time
)
{
    auto& s = *state_;
    auto const deadline = steady::now() + time;
    while (true) {
        auto const& all = s.boxes[b].delivered;
        for (auto i = after; i < all.size(); ++i) {
            auto const is_there = [&](std::string const& token) {
                return all[i].find(token) != std::string::npos;
            };
            if (std::ranges::any_of(tokens, is_there)) co_return true;
        }
        if (steady::now() >= deadline) co_return false;
        auto const look = std::min(deadline, steady::now() + std::chrono::milliseconds{20});
        asio::steady_timer alarm{s.core, look};
        co_await alarm.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> sink::close()
{
    auto& s = *state_;
    error_code error;
    s.door.close(error);
    s.tasks.cancel();
    co_await s.tasks.join();
}

} // namespace watertight::probe
