#pragma once

#include "scenarios/lab/core/cache.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace watertight::lab {

struct cache_keys {
    std::string entry;
    std::string claim;
};

/// A lifetime without an end.
inline constexpr std::uint32_t never_expires = 0;

/// One entry of a cache in Redis, as one request sees it.
///
/// A reader that misses lays a claim before it reads the database, and fills the cache only if the
/// claim still stands: an invalidation takes it away, so no reader can put an older state back.
class cached_entry {
public:
    cached_entry(cache& redis, cache_keys keys, std::uint32_t lifetime_s = 300)
        : redis_(&redis), keys_(std::move(keys)), lifetime_s_(lifetime_s)
    {
    }

    asio::awaitable<std::optional<std::string>> read();
    /// After a `read` that found nothing.
    asio::awaitable<void> fill(std::string value);
    asio::awaitable<void> invalidate();

private:
    cache* redis_;
    cache_keys keys_;
    std::uint32_t lifetime_s_;
    std::string claim_;
};

} // namespace watertight::lab
