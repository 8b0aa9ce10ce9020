#pragma once

#include "harness/probe/context.hpp"
#include "harness/stores/redis_listener.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace watertight::probe {

/// A command and its arguments.
using redis_words = std::vector<std::string>;

struct redis_entry {
    std::string key{};
    /// "string", "hash", ...
    std::string type{};
    /// The value as text: strings as they are, members of other types separated by line feeds. Not
    /// more than the beginning of a large one.
    std::string value{};
    /// Seconds; -1 without expiry, -2 if it has gone since it was named.
    std::int64_t ttl_s = -1;
};

/// Makes families of keys, with what varies replaced by '*': "tenant:*:user:*".
class key_families {
public:
    explicit key_families(target::population const& made);

    std::string of(std::string_view key) const;
    /// Whether a part of the key, or a part of a part, is the slug or id of a tenant of the run.
    bool names_somebody(std::string_view key) const;

private:
    bool varies(std::string_view segment) const;

    std::set<std::string, std::less<>> names_;
};

/// Whether `name` stands in the key as a word of its own, and not within a longer one: tenant-1 is
/// not named by tenant-10.
bool names_word(std::string_view key, std::string_view name);

/// What one walk over a Redis database came to.
struct redis_walk {
    /// Keys named by SCAN, and those of which the value was read.
    std::uint64_t keys = 0;
    std::uint64_t read = 0;
    /// More keys than are read: of each family the first `of_each` were, and one in `one_in` of the
    /// others, beside the keys that name a tenant of the run. 0: everything was read.
    std::uint64_t one_in = 0;
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

/// Every key with its value, in small steps, so that other clients hardly wait; memory does not
/// grow with the number of keys. Keys that the scenario excludes are left out.
asio::awaitable<result<redis_walk>> walk_redis(
    context& ctx, stores::redis& db, redis_visitor const& visit, redis_walk_limits limits = {}
);

/// Enters the families that were not read into the coverage, and returns what is to be noted.
std::string cover_walk(context& ctx, redis_walk const& walked);

/// Which of these keys are there. One reply a key, in their order.
asio::awaitable<result<std::vector<bool>>>
which_exist(stores::redis& db, std::vector<std::string> const& keys);

} // namespace watertight::probe
