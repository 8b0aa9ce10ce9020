#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/tokens.hpp"

namespace watertight::probes::token::forged {

/// A token made by somebody who does not have the key.
struct forgery {
    /// "alg none", "signature of another token", "HS256 with the key 'secret'".
    std::string name{};
    std::string token{};
};

/// Every forgery of a JWT that claims to be `victims`, by somebody who may hold `own` and knows
/// the names that the service goes by. Empty if `victims` is no JWT.
std::vector<forgery>
forge(std::string_view victims, std::string_view own, std::vector<std::string> const& names);

/// Tokens of no structure, changed a little: a verifier that compares a part of them takes these
/// for the whole.
std::vector<forgery> mutate(std::string_view victims);

/// HS256 tokens whose key is a public one, for a verifier that takes the algorithm from the token:
/// one for each way in which the key may be written.
std::vector<forgery> confuse(std::string_view victims, std::vector<std::string> const& public_keys);

/// The RSA keys of a JSON Web Key Set, in PEM as servers keep them.
std::vector<std::string> public_keys_in(std::string_view key_set);

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
