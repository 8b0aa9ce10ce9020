#include "scenarios/lab/core/cache.hpp"

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
    auto keys = co_await connection->keys(glob_of(prefix));
    if (!keys) throw store_error{keys.error()};
    if (keys->empty()) co_return 0;

    auto const count = keys->size();
    redis_words words{"DEL"};
    words.insert(words.end(), keys->begin(), keys->end());
    auto const reply = co_await connection->command(std::move(words));
    if (!reply) throw store_error{reply.error()};
    co_return count;
}

} // namespace watertight::lab
