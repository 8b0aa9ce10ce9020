#include "scenarios/lab/core/cache.hpp"

#include "harness/stores/key_walk.hpp"

#include <algorithm>
#include <chrono>

namespace watertight::lab {

using namespace std::chrono_literals;
using stores::redis_reply;

static asio::awaitable<result<stores::redis>> open(asio::any_io_executor core, std::string url)
{
    return stores::redis::connect(std::move(core), std::move(url), 5s);
}

cache::cache(asio::any_io_executor core, std::string url, std::size_t connections_max)
    : pool_(core, connections_max, [core, url] { return open(core, url); })
{
}

asio::awaitable<cache::redis_pool::lease> cache::borrow()
{
    auto lease = co_await pool_.acquire();
    if (!lease) throw store_error{lease.error()};
    co_return std::move(*lease);
}

asio::awaitable<redis_reply> cache::command(redis_words words)
{
    auto const connection = co_await borrow();
    auto reply = co_await connection->command(std::move(words));
    if (!reply) throw store_error{reply.error()};
    co_return std::move(*reply);
}

asio::awaitable<std::vector<redis_reply>> cache::pipeline(std::vector<redis_words> commands)
{
    auto const connection = co_await borrow();
    auto replies = co_await connection->pipeline(std::move(commands));
    if (!replies) throw store_error{replies.error()};
    for (auto const& reply : *replies)
        if (reply.is_error()) throw store_error{failure{errc::rejected, reply.text, {}}};
    co_return std::move(*replies);
}

asio::awaitable<std::optional<std::string>> cache::get(std::string key)
{
    redis_words words{"GET", std::move(key)};
    auto reply = co_await command(std::move(words));
    if (reply.type == redis_reply::kind::nil) co_return std::nullopt;
    co_return std::move(reply.text);
}

// The prefix stands for itself, whatever it holds.
static std::string glob_of(std::string const& prefix)
{
    std::string out;
    for (auto const c : prefix) {
        if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') out += '\\';
        out += c;
    }
    return out + "*";
}

asio::awaitable<std::size_t> cache::remove_prefix(std::string prefix)
{
    auto const connection = co_await borrow();
    auto const keys = co_await stores::keys_like(*connection, glob_of(prefix));
    if (!keys) throw store_error{keys.error()};
    // Not all at once: meanwhile nobody else would be served.
    static constexpr std::size_t step = 100;
    for (std::size_t begin = 0; begin < keys->size(); begin += step) {
        redis_words words{"DEL"};
        auto const end = std::min(begin + step, keys->size());
        for (auto i = begin; i < end; ++i) words.push_back((*keys)[i]);
        auto const reply = co_await connection->command(std::move(words));
        if (!reply) throw store_error{reply.error()};
    }
    co_return keys->size();
}

} // namespace watertight::lab
