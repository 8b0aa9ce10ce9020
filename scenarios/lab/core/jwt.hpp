#pragma once

#include "harness/base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace watertight::lab {

/// A compact JSON Web Token, HS256.
std::string sign_token(nlohmann::json const& claims, std::string_view key);

struct token_rules {
    std::string_view key;
    /// Seconds since the epoch; a token whose `exp` is not after it is refused.
    std::int64_t now_s = 0;
    /// Refused if the token's `iss` or `aud` is another; empty: not looked at.
    std::string_view issuer{};
    std::string_view audience{};
    /// The defect: takes `alg: none` and an empty signature for good.
    bool accept_unsigned = false;
    /// The defect: decodes where it ought to verify.
    bool accept_any_signature = false;
    /// The defect: a token ends never.
    bool accept_expired = false;
    /// The defect: the folder in which the file that the header's `kid` names is the key.
    std::string_view key_folder{};
};

/// The claims of a token that is well formed, signed with HS256 and the key, of the issuer, for the
/// audience, and valid now; otherwise `unauthorised`. The algorithm is pinned: the header cannot
/// choose another.
result<nlohmann::json> verify_token(std::string_view token, token_rules const& rules);

} // namespace watertight::lab
