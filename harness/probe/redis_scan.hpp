#pragma once

#include "harness/probe/context.hpp"
#include "harness/probe/redis_keys.hpp"
#include "harness/stores/redis_listener.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace watertight::probe {

/// A command and its arguments.
using redis_words = std::vector<std::string>;

/// Where a key stands. Nothing: in the database that the store's URL leads to.
struct redis_place {
    std::optional<unsigned> database{};
    std::string key{};

    /// "tenant:7:user", and "db3:user" in another database.
    std::string name() const;
    /// The key's, and "db*:..." in another database.
    key_name name_among(tenant_name_set const& tenants) const;
};

/// One member of a value that is no string.
struct redis_part {
    /// A hash's field, and what stands there; of others a member, an element, an entry is both.
    std::string name{};
    std::string text{};
};

struct redis_entry {
    redis_place at{};
    /// "string", "hash", ...
    std::string type{};
    /// The value as text: strings as they are, members of other types separated by line feeds. Not
    /// more than the beginning of a large one.
    std::string value{};
    /// Of values that are no strings.
    std::vector<redis_part> parts{};
    /// Seconds; -1 without expiry, -2 if it has gone since it was named.
    std::int64_t ttl_s = -1;
};

/// What one walk over a Redis database came to.
struct redis_walk {
    /// Keys named by SCAN, and those of which the value was read.
    std::uint64_t keys = 0;
    std::uint64_t read = 0;
    /// More keys than are read: of each family the first `of_each` were, and one in `one_in` of the
    /// others, beside the keys that name a tenant of the run. 0: everything was read.
    std::uint64_t one_in = 0;
    /// Keys with more elements than are read of one, and the first of them.
    std::uint64_t cut = 0;
    std::string cut_key{};
    /// Families with a key whose value was not read, and why.
    std::map<std::string, std::string> not_read{};

    /// Says what was not read, for a report's notes; empty if everything was.
    std::string bound() const;
};

struct redis_walk_limits {
    /// Up to so many keys everything is read.
    std::uint64_t read_max = 250'000;
    /// Of a family, before sampling begins.
    std::uint64_t of_each = 64;
};

/// Called once for each entry, or twice: SCAN may name a key again.
using redis_visitor = std::function<void(redis_entry const& entry, std::string const& family)>;

/// Every key of the store with its value, in small steps, so that other clients hardly wait; memory
/// does not grow with the number of keys. Keys that the scenario excludes are left out.
/// Where the store's URL names no database, those of all of them.
asio::awaitable<result<redis_walk>>
walk_redis(context& ctx, redis_visitor const& visit, redis_walk_limits limits = {});

/// Enters the families that were not read into the coverage, and returns what is to be noted.
std::string cover_walk(context& ctx, redis_walk const& walked);

/// Which of these keys are there, in their order.
asio::awaitable<result<std::vector<bool>>>
which_exist(context& ctx, std::vector<redis_place> const& keys);

/// A command to paste into a shell that asks something about the key: "TTL", "EXISTS".
std::string redis_reproduction(context& ctx, redis_place const& at, std::string verb);
/// One that shows what stands there.
std::string redis_reproduction(context& ctx, redis_entry const& entry);

} // namespace watertight::probe
