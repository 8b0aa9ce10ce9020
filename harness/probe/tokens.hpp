#pragma once

#include "harness/probe/context.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

/// A JSON Web Token, taken apart. Members keep their order, so that what is put together again
/// looks like what its issuer writes.
struct jwt {
    nlohmann::ordered_json header{};
    nlohmann::ordered_json claims{};
    /// As bytes.
    std::string signature{};

    /// "HS256"; empty if the header says none.
    std::string algorithm() const;
    /// A claim as text: numbers as they are written, nothing for what is missing or structured.
    std::string claim(std::string_view name) const;
};

/// Nothing if the text has not three parts of which the first is an object with "alg".
std::optional<jwt> read_jwt(std::string_view token);

/// Header and claims as a token has them, without the second dot.
std::string unsigned_part(jwt const& t);

/// Signs by the algorithm that the header names: HS256, HS384, HS512 with any key, RS256, RS384,
/// RS512 with a private key in PEM. Nothing for other algorithms and for what is no such key.
std::optional<std::string> sign(jwt const& t, std::string_view key);

/// Which of the keys signed this token; nothing if none did or it is no HMAC that signs it.
std::optional<std::string>
guess_key(std::string_view token, std::vector<std::string> const& candidates);

/// Keys from examples and first drafts, and what is made of these names (of the service, say).
std::vector<std::string> weak_keys(std::vector<std::string> const& names);

/// The names that a token gives the service by: issuer, audience, and the target's host.
std::vector<std::string> service_names(context const& ctx, jwt const& t);

/// The value among the actor's attributes that the request carries as its credential: a JWT if
/// there is one, otherwise the first long one. Empty if there is none.
std::string token_in(exchange const& e, target::actor const& who);

/// The credential headers of `who` with one text in place of another.
std::vector<std::pair<std::string, std::string>> credentials_with(
    context& ctx, target::actor const& who, std::string const& token, std::string const& instead
);

/// The key of target.session.signing_key for this user; empty if the scenario gives none.
std::string signing_key_of(context& ctx, target::actor const& who);

/// Claims that name the tenant: those of the scenario's identity, and those that hold its id, slug
/// or name.
std::vector<std::string> tenant_claims(context& ctx, jwt const& t, tenant_index of);

} // namespace watertight::probe
