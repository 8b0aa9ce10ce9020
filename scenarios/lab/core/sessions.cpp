#include "scenarios/lab/core/sessions.hpp"

#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/http.hpp"
#include "scenarios/lab/core/jwt.hpp"
#include "scenarios/lab/core/time.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab {

using nlohmann::json;

std::string token_office::issue(json claims, std::uint32_t lifetime_s) const
{
    auto const issued = now_s();
    claims["iat"] = issued;
    claims["exp"] = issued + lifetime_s;
    claims["jti"] = random_uuid();
    if (!how_.issuer.empty()) claims["iss"] = how_.issuer;
    if (!how_.audience.empty()) claims["aud"] = how_.audience;
    return sign_token(claims, how_.key);
}

json token_office::read(std::string_view token) const
{
    token_rules const how{
        .key = how_.key,
        .now_s = now_s(),
        .issuer = how_.accept_any_issuer ? std::string_view{} : how_.issuer,
        .audience = how_.accept_any_audience ? std::string_view{} : how_.audience,
        .accept_unsigned = how_.accept_unsigned,
        .accept_any_signature = how_.accept_any_signature,
        .accept_expired = how_.accept_expired,
        .key_folder = how_.key_folder,
    };
    auto claims = verify_token(token, how);
    if (!claims) throw refusal{401, "UNAUTHENTICATED", claims.error().message};
    return std::move(*claims);
}

std::string text_claim(json const& claims, std::string_view name)
{
    auto const at = claims.find(name);
    return at != claims.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

asio::awaitable<void>
override_sessions(cache& redis, std::string key, std::string with, std::uint32_t lifetime_s)
{
    // A little longer than the longest-lived token, whose clock may be a little behind.
    redis_words words{
        "SET", std::move(key), std::move(with), "EX", std::to_string(lifetime_s + 60)};
    co_await redis.command(std::move(words));
}

void session_book::override_with(std::string const& key, std::string with)
{
    std::lock_guard const lock{mutex_};
    words_[key] = std::move(with);
}

std::string session_book::word(std::string const& key) const
{
    std::lock_guard const lock{mutex_};
    auto const at = words_.find(key);
    return at == words_.end() ? std::string{} : at->second;
}

} // namespace watertight::lab
