#pragma once

#include "harness/net/http_client.hpp"
#include "harness/target/exchange.hpp"

namespace watertight::target {

/// Logs `who` in by the model's recipe and stores what it captured (token, cookies, expiry).
/// Succeeds at once if the model has no log-in. Captures named "tenant.x" are kept as the actor's
/// attribute of that name; slots find them there if the tenant itself has none.
asio::awaitable<result<void>>
log_in(net::http_client& client, model const& m, tenant const& where, actor& who);

/// Identity channels by index in model::identity, each with the value to send.
using named_identity = std::vector<std::pair<std::size_t, std::string>>;

/// The same with the last exchange, for reports: its `error` says why the log-in failed.
/// @param door  identity to send in place of that of `where`, which fills the slots all the same.
asio::awaitable<exchange> try_log_in(
    net::http_client& client,
    model const& m,
    tenant const& where,
    actor& who,
    std::optional<named_identity> door = {}
);

/// Logs in or refreshes if the credentials are missing or about to expire. Callers on one core that
/// ask for the same actor at once share one log-in.
asio::awaitable<result<void>>
ensure_session(net::http_client& client, model const& m, tenant const& where, actor& who);

/// When credentials just captured must be renewed, with a margin: by the recipe's lifetime, a
/// captured JWT's exp, or a captured "expires_in" (seconds), in this order.
std::optional<steady::time_point> renewal_time(session const& recipe, values const& captured);

/// Adds what a response sets (Set-Cookie) to "name=value; name=value", replacing by name; a cookie
/// that the response expires is dropped.
void merge_cookies(std::string& cookies, net::http_response const& response);

/// The `exp` of a JWT as seconds since the epoch; nothing if the token is none.
std::optional<std::int64_t> jwt_expiry(std::string_view token);

} // namespace watertight::target
