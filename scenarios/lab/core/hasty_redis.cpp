#include "scenarios/lab/core/hasty_redis.hpp"

#include "harness/stores/redis_address.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <vector>

namespace watertight::lab {

using asio::ip::tcp;

struct hasty_redis::line {
    explicit line(asio::any_io_executor core) : socket(core) {}

    tcp::socket socket;
    std::string received;
};

// However the caller ends, cancelled ones too: this is the defect.
struct hasty_redis::borrowed {
    ~borrowed()
    {
        if (what) home.idle_.push_back(std::move(what));
    }

    hasty_redis& home;
    std::unique_ptr<line> what;
};

hasty_redis::hasty_redis(asio::any_io_executor core, std::string url)
    : core_(std::move(core)), url_(std::move(url))
{
}

hasty_redis::hasty_redis(hasty_redis&&) noexcept = default;
hasty_redis::~hasty_redis() = default;

// "$5\r\nhello\r\n", "$-1\r\n" or a line like "+OK\r\n".
static asio::awaitable<std::optional<std::string>> read_reply(tcp::socket& from, std::string& text)
{
    auto const first = co_await asio::async_read_until(
        from, asio::dynamic_buffer(text), "\r\n", asio::use_awaitable
    );
    if (text.front() != '$') {
        auto out = text.substr(1, first - 3);
        text.erase(0, first);
        co_return out;
    }
    auto const size = std::atol(text.c_str() + 1);
    if (size < 0) {
        text.erase(0, first);
        co_return std::nullopt;
    }
    auto const whole = first + static_cast<std::size_t>(size) + 2;
    if (text.size() < whole) {
        auto const missing = asio::transfer_at_least(whole - text.size());
        co_await asio::async_read(from, asio::dynamic_buffer(text), missing, asio::use_awaitable);
    }
    auto out = text.substr(first, static_cast<std::size_t>(size));
    text.erase(0, whole);
    co_return out;
}

static std::string to_command(std::vector<std::string> const& words)
{
    auto out = fmt::format("*{}\r\n", words.size());
    for (auto const& word : words) out += fmt::format("${}\r\n{}\r\n", word.size(), word);
    return out;
}

asio::awaitable<std::unique_ptr<hasty_redis::line>> hasty_redis::connect()
{
    auto const where = stores::parse_redis_address(url_);
    auto out = std::make_unique<line>(core_);
    tcp::endpoint const at{asio::ip::address_v4::loopback(), where->port};
    co_await out->socket.async_connect(at, asio::use_awaitable);
    auto const hello = to_command({"AUTH", where->user, where->password});
    co_await asio::async_write(out->socket, asio::buffer(hello), asio::use_awaitable);
    co_await read_reply(out->socket, out->received);
    co_return out;
}

asio::awaitable<std::optional<std::string>> hasty_redis::get(std::string key)
{
    borrowed mine{*this, nullptr};
    if (idle_.empty()) {
        mine.what = co_await connect();
    } else {
        mine.what = std::move(idle_.back());
        idle_.pop_back();
    }
    auto& at = *mine.what;
    auto const command = to_command({"GET", std::move(key)});
    co_await asio::async_write(at.socket, asio::buffer(command), asio::use_awaitable);
    co_return co_await read_reply(at.socket, at.received);
}

} // namespace watertight::lab
