#pragma once

#include "scenarios/lab/core/cache.hpp"
#include "scenarios/lab/core/faults.hpp"

#include <optional>
#include <string>

namespace watertight::lab::mis {

struct cache_keys {
    std::string entry;
    std::string claim;
};

cache_keys
user_cache_keys(fault_set const& faults, std::string_view tenant_id, std::string_view id);

/// A user's JSON in Redis for 300 seconds.
///
/// A reader that misses lays a claim before it reads the database, and fills the cache only if the
/// claim still stands: an invalidation takes it away, so no reader can put an older state back.
class user_cache {
public:
    user_cache(cache& redis, cache_keys keys) : redis_(&redis), keys_(std::move(keys)) {}

    asio::awaitable<std::optional<std::string>> read();
    asio::awaitable<void> fill(std::string json);
    asio::awaitable<void> invalidate();

private:
    cache* redis_;
    cache_keys keys_;
    std::string claim_;
};

} // namespace watertight::lab::mis
