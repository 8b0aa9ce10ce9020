#include "scenarios/lab/core/cached_entry.hpp"

#include "scenarios/lab/core/crypto.hpp"

namespace watertight::lab {

static constexpr char const* fill_script =
    "if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end "
    "redis.call('DEL', KEYS[2]) redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) return 1";

asio::awaitable<std::optional<std::string>> cached_entry::read()
{
    auto hit = co_await redis_->get(keys_.entry);
    if (hit) co_return hit;

    claim_ = random_uuid();
    redis_words words{"SET", keys_.claim, claim_, "EX", "10"};
    co_await redis_->command(std::move(words));
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
