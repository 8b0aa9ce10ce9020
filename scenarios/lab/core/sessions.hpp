#pragma once

#include "scenarios/lab/core/cache.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace watertight::lab {

/// Bearer tokens of one service: JSON Web Tokens under a key that no one else has. Constant.
class token_office {
public:
    struct rules {
        std::string key;
        /// The defects of `token_rules`, by the same names.
        bool accept_unsigned = false;
        bool accept_any_signature = false;
        bool accept_expired = false;
        std::string key_folder{};
        /// Written into each token.
        std::string issuer{};
        std::string audience{};
        /// The defects: `iss`, `aud` are written and not read.
        bool accept_any_issuer = false;
        bool accept_any_audience = false;
    };

    explicit token_office(rules how) : how_(std::move(how)) {}

    /// The claims with iat, exp (`lifetime_s` from now) and jti, signed.
    std::string issue(nlohmann::json claims, std::uint32_t lifetime_s) const;
    /// The claims of a token of ours that has not expired. @throws refusal 401 for any other.
    nlohmann::json read(std::string_view token) const;
    /// For whoever makes tokens on the service's behalf.
    std::string const& key() const noexcept { return how_.key; }

private:
    rules how_;
};

/// A text claim; empty if it is missing or no text.
std::string text_claim(nlohmann::json const& claims, std::string_view name);

/// What a session's tokens are told after they were issued: `revoked`, or the role since changed.
inline constexpr std::string_view revoked = "revoked";

/// Keeps such a word in Redis, under a key of the dialect's choice, as long as a token may live.
asio::awaitable<void>
override_sessions(cache& redis, std::string key, std::string with, std::uint32_t lifetime_s);

/// The same for a dialect without Redis. Shared by all cores; kept until the process ends.
class session_book {
public:
    void override_with(std::string const& key, std::string with);
    /// The word, or nothing if there was none.
    std::string word(std::string const& key) const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::string> words_;
};

} // namespace watertight::lab
