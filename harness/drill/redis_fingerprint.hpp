#pragma once

#include "harness/drill/fingerprint.hpp"
#include "harness/probe/redis_keys.hpp"
#include "harness/stores/redis.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

struct redis_fingerprint_options {
    /// Shell-style patterns of keys; empty: every key.
    std::vector<std::string> patterns{};
    /// Slugs and ids of tenants, by which a key's tenant is told.
    probe::tenant_name_set tenants{};
    /// Whether a key with its value shows that the drill's traffic wrote it; may be empty.
    std::function<bool(std::string_view)> is_own{};
};

/// The same for Redis: families of keys ("tenant:*:user:*") instead of tables, keys instead of
/// rows. A value counts whatever the order of its members where they have none. Keys that expire
/// are families of their own, whose differences are excused: time alone changes them.
///
/// Read in pages, so that other clients hardly wait; nothing should write meanwhile.
asio::awaitable<result<contents>> take_contents(stores::redis& db, redis_fingerprint_options o);

} // namespace watertight::drill
