#include "scenarios/lab/core/webhooks.hpp"

#include "scenarios/lab/core/http.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::lab {

using asio::ip::tcp;
using boost::system::error_code;

static constexpr std::string_view loopback = "http://127.0.0.1:";
static constexpr int attempts_max = 4;
static constexpr std::chrono::milliseconds before_again{60};

struct address {
    std::uint16_t port = 0;
    std::string path;
};

static std::optional<address> read_url(std::string_view url)
{
    if (!url.starts_with(loopback)) return std::nullopt;
    auto const rest = url.substr(loopback.size());
    address out;
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out.port);
    out.path = rest.substr(static_cast<std::size_t>(end - rest.data()));
    if (error != std::errc{} || out.port == 0 || !out.path.starts_with('/')) return std::nullopt;
    return out;
}

void webhook_book::add(webhook what)
{
    if (!read_url(what.url)) {
        throw refusal{400, "VALIDATION", "url is http://127.0.0.1:<port>/<path>"};
    }
    std::lock_guard const lock{mutex_};
    hooks_[what.id] = std::move(what);
}

std::vector<webhook> webhook_book::of(std::string const& tenant_id) const
{
    std::lock_guard const lock{mutex_};
    std::vector<webhook> out;
    for (auto const& [id, one] : hooks_)
        if (one.tenant_id == tenant_id) out.push_back(one);
    return out;
}

bool webhook_book::erase(std::string const& tenant_id, std::string const& id)
{
    std::lock_guard const lock{mutex_};
    auto const at = hooks_.find(id);
    if (at == hooks_.end() || at->second.tenant_id != tenant_id) return false;
    hooks_.erase(at);
    return true;
}

void webhook_book::erase_all_of(std::string const& tenant_id)
{
    for (auto const& one : of(tenant_id)) erase(tenant_id, one.id);
}

void webhook_book::publish(std::string const& tenant_id, std::string const& text)
{
    std::lock_guard const lock{mutex_};
    auto const now = std::chrono::steady_clock::now();
    for (auto const& [id, one] : hooks_) {
        // With the defect subscriptions are found by what happened, not by where.
        if (one.tenant_id != tenant_id && !faults_->on("A33")) continue;
        waiting_.push_back({one, text, 0, now});
    }
}

std::optional<webhook_book::delivery> webhook_book::take()
{
    std::lock_guard const lock{mutex_};
    auto const now = std::chrono::steady_clock::now();
    auto const at = std::ranges::find_if(waiting_, [&](auto const& d) { return d.due <= now; });
    if (at == waiting_.end()) return std::nullopt;
    auto out = std::move(*at);
    waiting_.erase(at);
    return out;
}

void webhook_book::again(delivery what)
{
    if (++what.attempts >= attempts_max) return;
    what.due = std::chrono::steady_clock::now() + before_again;
    std::lock_guard const lock{mutex_};
    if (!faults_->on("Q4")) return waiting_.push_back(std::move(what));
    // With the defect the message to try again says what happened, and not for whom.
    for (auto const& [id, one] : hooks_) {
        auto next = what;
        next.to = one;
        waiting_.push_back(std::move(next));
    }
}

static asio::awaitable<bool> post(address to, std::string text)
{
    error_code error;
    tcp::socket socket{co_await asio::this_coro::executor};
    tcp::endpoint const where{asio::ip::address_v4::loopback(), to.port};
    co_await socket.async_connect(where, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    auto const request = fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        to.path,
        to.port,
        text.size(),
        text
    );
    co_await asio::async_write(
        socket, asio::buffer(request), asio::redirect_error(asio::use_awaitable, error)
    );
    if (error) co_return false;
    std::string answer;
    co_await asio::async_read_until(
        socket,
        asio::dynamic_buffer(answer),
        "\r\n",
        asio::redirect_error(asio::use_awaitable, error)
    );
    co_return answer.starts_with("HTTP/1.1 2");
}

static asio::awaitable<bool> post_in_time(address to, std::string text)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer alarm{co_await asio::this_coro::executor, std::chrono::seconds{2}};
    auto first =
        co_await (post(std::move(to), std::move(text)) || alarm.async_wait(asio::use_awaitable));
    auto const* const done = std::get_if<0>(&first);
    co_return done != nullptr&&* done;
}

asio::awaitable<void> webhook_book::work()
{
    static constexpr std::chrono::milliseconds pause{3};
    asio::steady_timer alarm{co_await asio::this_coro::executor};
    while (true) {
        auto next = take();
        if (!next) {
            alarm.expires_after(pause);
            co_await alarm.async_wait(asio::use_awaitable);
            continue;
        }
        auto to = read_url(next->to.url).value_or(address{});
        auto text = next->text;
        auto const is_delivered = co_await post_in_time(std::move(to), std::move(text));
        if (!is_delivered) again(std::move(*next));
    }
}

} // namespace watertight::lab
