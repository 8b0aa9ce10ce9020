#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::token::forged {

/// A token made by somebody who does not have the key.
struct forgery {
    /// "alg none", "signature of another token", "HS256 with the key 'secret'".
    std::string name{};
    std::string token{};
};

/// Every forgery of a JWT that claims to be `victims`, by somebody who may hold `own`. Empty if
/// `victims` is no JWT.
std::vector<forgery> forge(std::string_view victims, std::string_view own);

/// True if the text has three base64url parts, the first a JSON object with "alg".
bool is_jwt(std::string_view token);

struct trial {
    std::string name{};
    tenant_index victim{};
    /// The victim's own request with its own token.
    probe::exchange control{};
    probe::exchange hostile{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::token::forged
