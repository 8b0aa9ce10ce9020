#pragma once

#include "harness/net/http_client.hpp"
#include "harness/target/render.hpp"

namespace watertight::target {

/// Logs `who` in by the model's recipe and stores what it captured (token, cookies, expiry).
/// Succeeds at once if the model has no log-in.
asio::awaitable<result<void>> log_in(
    net::http_client& client,
    model const& m,
    tenant const& where,
    actor& who
);

/// Logs in or refreshes if the credentials are missing or about to expire.
asio::awaitable<result<void>> ensure_session(
    net::http_client& client,
    model const& m,
    tenant const& where,
    actor& who
);

/// The `exp` of a JWT as seconds since the epoch; nothing if the token is none.
std::optional<std::int64_t> jwt_expiry(std::string_view token);

}  // namespace watertight::target
