#include "scenarios/lab/mis/user_cache.hpp"

#include "scenarios/lab/core/crypto.hpp"

#include <fmt/format.h>

namespace watertight::lab::mis {

static constexpr char const* fill_script =
    "if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end "
    "redis.call('DEL', KEYS[2]) redis.call('SET', KEYS[1], ARGV[2], 'EX', 300) return 1";

cache_keys user_cache_keys(fault_set const& faults, std::string_view tenant_id, std::string_view id)
{
    if (faults.on("K01")) return {fmt::format("user:{}", id), fmt::format("claim:{}", id)};
    return {
        fmt::format("tenant:{}:user:{}", tenant_id, id),
        fmt::format("tenant:{}:claim:{}", tenant_id, id)};
}

asio::awaitable<std::optional<std::string>> user_cache::read()
{
    auto hit = co_await redis_->get(keys_.entry);
    if (hit) co_return hit;

    claim_ = random_uuid();
    redis_words words{"SET", keys_.claim, claim_, "EX", "10"};
    co_await redis_->command(std::move(words));
    co_return std::nullopt;
}

asio::awaitable<void> user_cache::fill(std::string json)
{
    redis_words words{"EVAL", fill_script, "2", keys_.entry, keys_.claim, claim_, std::move(json)};
    co_await redis_->command(std::move(words));
}

asio::awaitable<void> user_cache::invalidate()
{
    redis_words words{"DEL", keys_.entry, keys_.claim};
    co_await redis_->command(std::move(words));
}

} // namespace watertight::lab::mis
