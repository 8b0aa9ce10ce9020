#pragma once

#include "scenarios/lab/core/cache.hpp"
#include "scenarios/lab/core/http.hpp"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace watertight::lab {

/// The plan of this name in a dialect's table of plans, or null. `Plan` has a `name`.
template <class Plan, std::size_t Size>
Plan const* find_by_name(std::array<Plan, Size> const& plans, std::string_view name) noexcept
{
    for (auto const& p : plans)
        if (p.name == name) return &p;
    return nullptr;
}

/// What holds for a tenant that may ask for less than its plan allows, never for more.
/// @param scaled what the lab makes of `plan_value`.
std::uint64_t
lower_of(nlohmann::json const& configured, std::uint64_t plan_value, std::uint64_t scaled);

/// How much of a limit is used up, this request included.
struct allowance {
    std::uint64_t limit = 0;
    std::uint64_t used = 0;
    /// When the count begins anew.
    std::int64_t resets_in_s = 0;
};

/// X-RateLimit-Limit and X-RateLimit-Remaining.
void add_limits(response& out, allowance const& a);
/// @throws refusal 429 with Retry-After and both of these headers if more than the limit is used.
void check_rate(allowance const& a, std::string_view message);

/// Where a request stands before it is served: what its session was told, and its rate.
struct standing {
    std::string session;
    std::uint64_t requests = 0;
};

struct standing_keys {
    std::string session;
    /// The counter of the tenant and the period; it expires by itself.
    std::string counter;
    std::uint32_t counter_s = 90'000;
};

/// One exchange with Redis: the word for the session, and the count of the period's requests, this
/// one included.
asio::awaitable<standing> read_standing(cache& redis, standing_keys keys);

/// Counts by key within periods of equal length, for a dialect without Redis. Shared by all cores.
class rate_book {
public:
    explicit rate_book(std::int64_t period_s) : period_s_(period_s) {}

    /// Counts one more. @return the allowance with this one in it.
    allowance count(std::string const& key, std::uint64_t limit, std::int64_t now_s);

private:
    struct counter {
        std::int64_t period = 0;
        std::uint64_t used = 0;
    };

    std::int64_t period_s_;
    std::mutex mutex_;
    std::unordered_map<std::string, counter> counters_;
};

/// Takes `amount` out of a quota whose count is kept in Redis, or nothing if it does not fit:
/// looking and counting are one step, so that two requests cannot share the last place.
/// @return what is used now; nothing if it was refused.
asio::awaitable<std::optional<std::uint64_t>>
take_quota(cache& redis, std::string key, std::uint64_t limit, std::uint64_t amount = 1);
asio::awaitable<void> return_quota(cache& redis, std::string key, std::uint64_t amount = 1);

} // namespace watertight::lab
