#pragma once

#include "harness/probe/redis_scan.hpp"
#include "probes/cache/tenant_credentials/probe.hpp"

#include <map>

namespace watertight::probes::cache::tenant_credentials {

/// Whoever repeats an attempt sets it to the store's URL with the intruder's credentials.
inline constexpr char const* tenant_url_variable = "TENANT_REDIS_URL";

/// A key that holds a tenant's data.
struct owned_key {
    std::string key{};
    std::string type{};
    std::string family{};
};

/// One intruder at work on one victim.
struct attack {
    probe::context& ctx;
    probe::tenant_pair pair;
    /// With the intruder's credentials in it.
    std::string url{};
    owned_key own{};
    owned_key theirs{};
    std::vector<trial>& out;
};

/// Reads and changes the victim's key.
asio::awaitable<void> try_keys(attack& a, stores::redis& as_intruder);
/// Asks whether commands that concern everybody would run.
asio::awaitable<void> try_commands(attack& a, stores::redis& as_intruder);
/// Looks for the victim in what the server tells of others.
asio::awaitable<void> try_views(attack& a, stores::redis& as_intruder);
/// Watches commands, and subscribes, while the victim works.
asio::awaitable<void> try_monitor(attack& a);
asio::awaitable<void> try_channels(attack& a);

} // namespace watertight::probes::cache::tenant_credentials
