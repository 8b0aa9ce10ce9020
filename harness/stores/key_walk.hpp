#pragma once

#include "harness/base/clock.hpp"
#include "harness/stores/redis.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::stores {

/// A walk over the keys of one Redis database that leaves the server to others.
///
/// The server does one thing at a time: what is sent together, it does before anybody else's. So
/// the walk goes by small pages, and pauses between them while others use the server.
class key_walk {
public:
    using commands = std::vector<std::vector<std::string>>;

    /// So many keys at once cost the server some ten microseconds.
    static constexpr std::size_t page_keys = 16;

    /// @param db     must outlive the walk; nothing else is sent there meanwhile.
    /// @param match  with '*', '?' and brackets; empty: every key.
    explicit key_walk(redis& db, std::string match = {});

    /// The next keys, after a pause: `count` or so, now and then many more, or none. SCAN may name
    /// a key twice. Nothing: that were all.
    asio::awaitable<result<std::optional<std::vector<std::string>>>>
    next(std::size_t count = page_keys);

    /// As `redis::pipeline`: what is to be known of the keys.
    asio::awaitable<result<std::vector<redis_reply>>>
    send(commands all, std::chrono::nanoseconds budget = std::chrono::seconds{5});

    /// For some times as long as the server was used since the last pause.
    asio::awaitable<void> pause();

private:
    asio::awaitable<void> look_for_others();

    redis& db_;
    std::string match_;
    /// Empty before the first page, and "0" after the last.
    std::string cursor_{};
    /// Since the last pause, and since the last look at who else is there.
    std::chrono::nanoseconds used_{};
    std::uint64_t sent_ = 0;
    std::uint64_t total_ = 0;
    steady::time_point looked_{};
    bool has_others_ = true;
};

/// Every key that matches, in no order. `exhausted` if there are more than `keys_max`: a part would
/// pass for the whole.
asio::awaitable<result<std::vector<std::string>>>
keys_like(redis& db, std::string match, std::size_t keys_max = 1'000'000);

/// The numbers of databases in what INFO says of the keyspace.
std::vector<unsigned> databases_in(std::string_view keyspace);

/// The numbers of the databases that hold keys and are not this connection's, if the URL that it
/// was made with names none: whoever names one means that one.
asio::awaitable<result<std::vector<unsigned>>> further_databases(redis& db, std::string url);

} // namespace watertight::stores
