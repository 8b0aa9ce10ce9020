#include "scenarios/lab/core/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab {

using nlohmann::json;

std::uint64_t lower_of(json const& configured, std::uint64_t plan_value, std::uint64_t scaled)
{
    if (!configured.is_number_unsigned()) return scaled;
    auto const value = configured.get<std::uint64_t>();
    return value < plan_value ? std::min(value, scaled) : scaled;
}

static name_values limit_headers(allowance const& a)
{
    auto const left = a.limit > a.used ? a.limit - a.used : 0;
    return {
        {"X-RateLimit-Limit", std::to_string(a.limit)},
        {"X-RateLimit-Remaining", std::to_string(left)}};
}

void add_limits(response& out, allowance const& a)
{
    for (auto& header : limit_headers(a)) out.headers.push_back(std::move(header));
}

void check_rate(allowance const& a, std::string_view message)
{
    if (a.used <= a.limit) return;
    refusal too_many{429, "RATE_LIMITED", std::string{message}};
    too_many.headers = limit_headers(a);
    too_many.headers.emplace_back("Retry-After", std::to_string(a.resets_in_s));
    throw too_many;
}

asio::awaitable<standing> read_standing(cache& redis, standing_keys keys)
{
    std::vector<redis_words> commands;
    commands.push_back({"GET", keys.session});
    commands.push_back({"INCR", keys.counter});
    auto const replies = co_await redis.pipeline(std::move(commands));
    standing out{replies[0].text, static_cast<std::uint64_t>(replies[1].integer)};
    if (out.requests == 1) {
        redis_words words{"EXPIRE", keys.counter, std::to_string(keys.counter_s)};
        co_await redis.command(std::move(words));
    }
    co_return out;
}

allowance rate_book::count(std::string const& key, std::uint64_t limit, std::int64_t now_s)
{
    auto const period = now_s / period_s_;
    std::lock_guard const lock{mutex_};
    auto& c = counters_[key];
    if (c.period != period) c = {period, 0};
    ++c.used;
    return {limit, c.used, period_s_ - now_s % period_s_};
}

static constexpr char const* take_script =
    "local used = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1]) "
    "if used > tonumber(ARGV[2]) then return -1 end "
    "redis.call('SET', KEYS[1], string.format('%.0f', used), 'KEEPTTL') return used";

asio::awaitable<std::optional<std::uint64_t>>
take_quota(cache& redis, std::string key, std::uint64_t limit, std::uint64_t amount)
{
    redis_words words{
        "EVAL", take_script, "1", std::move(key), std::to_string(amount), std::to_string(limit)};
    auto const reply = co_await redis.command(std::move(words));
    if (reply.is_error()) throw store_error{failure{errc::rejected, reply.text, {}}};
    if (reply.integer < 0) co_return std::nullopt;
    co_return static_cast<std::uint64_t>(reply.integer);
}

asio::awaitable<void> return_quota(cache& redis, std::string key, std::uint64_t amount)
{
    redis_words words{"DECRBY", std::move(key), std::to_string(amount)};
    co_await redis.command(std::move(words));
}

} // namespace watertight::lab
