#include "scenarios/lab/core/cached_entry.hpp"

#include "scenarios/lab/core/crypto.hpp"

namespace watertight::lab {

// The claims are in a hash, because taking one out of there is no look-up: the server's hit rate
// is that of the entries alone.
static constexpr char const* fill_script =
    "if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[2]) "
    "if ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[3]) end return 1";

asio::awaitable<std::optional<std::string>> cached_entry::read()
{
    auto hit = co_await redis_->get(keys_.entry);
    if (hit) co_return hit;

    claim_ = random_uuid();
    std::vector<redis_words> commands;
    commands.push_back({"HSET", keys_.claim, claim_, "1"});
    commands.push_back({"EXPIRE", keys_.claim, "10"});
    co_await redis_->pipeline(std::move(commands));
    co_return std::nullopt;
}

asio::awaitable<void> cached_entry::fill(std::string value)
{
    redis_words words{
        "EVAL",
        fill_script,
        "2",
        keys_.entry,
        keys_.claim,
        claim_,
        std::move(value),
        std::to_string(lifetime_s_)};
    co_await redis_->command(std::move(words));
}

asio::awaitable<void> cached_entry::invalidate()
{
    redis_words words{"DEL", keys_.entry, keys_.claim};
    co_await redis_->command(std::move(words));
}

} // namespace watertight::lab
