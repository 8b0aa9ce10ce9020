#pragma once

#include "harness/stores/redis.hpp"
#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/pool.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lab {

using redis_words = std::vector<std::string>;

/// Redis as one core sees it: a small pool; failures throw `store_error`.
class cache {
public:
    cache(asio::any_io_executor core, std::string url, std::size_t connections_max);

    asio::awaitable<stores::redis_reply> command(redis_words words);
    /// All in one write. An error reply among them throws.
    asio::awaitable<std::vector<stores::redis_reply>> pipeline(std::vector<redis_words> commands);
    asio::awaitable<std::optional<std::string>> get(std::string key);
    /// Deletes every key that begins with `prefix`. @return how many there were.
    asio::awaitable<std::size_t> remove_prefix(std::string prefix);

private:
    using redis_pool = pool<stores::redis>;
    asio::awaitable<redis_pool::lease> borrow();

    redis_pool pool_;
};

} // namespace watertight::lab
