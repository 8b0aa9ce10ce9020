#include "scenarios/lab/core/jwt.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab {

using nlohmann::json;

std::string sign_token(json const& claims, std::string_view key)
{
    auto const text = base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(claims.dump());
    return text + "." + base64url(hmac_sha256(key, text));
}

static json decode_part(std::string_view part)
{
    auto const text = base64_decode(part);
    if (!text) return {};
    return json::parse(*text, nullptr, false);
}

static bool
signature_holds(std::string_view token, std::string_view signature, std::string_view key)
{
    auto const given = base64_decode(signature);
    auto const signed_text = token.substr(0, token.size() - signature.size() - 1);
    return given && same_secret(*given, hmac_sha256(key, signed_text));
}

result<json> verify_token(std::string_view token, token_rules const& rules)
{
    auto const refused = [](char const* why) { return failure{errc::unauthorised, why, {}}; };

    auto const parts = split(token, '.');
    if (parts.size() != 3) return refused("the token is malformed");

    auto const header = decode_part(parts[0]);
    if (!header.is_object() || !header.contains("alg") || !header["alg"].is_string()) {
        return refused("the token is malformed");
    }
    auto const is_unsigned = iequals(header["alg"].get<std::string>(), "none") || parts[2].empty();
    if (!(rules.accept_unsigned && is_unsigned)) {
        if (header["alg"] != "HS256") return refused("the token's algorithm is not HS256");
        if (!signature_holds(token, parts[2], rules.key)) {
            return refused("the token's signature is wrong");
        }
    }
    auto claims = decode_part(parts[1]);
    if (!claims.is_object()) return refused("the token is malformed");
    auto const expiry = claims.find("exp");
    if (expiry == claims.end() || !expiry->is_number_integer()) {
        return refused("the token has no expiry");
    }
    if (expiry->get<std::int64_t>() <= rules.now_s) return refused("the token has expired");
    // Spelled out, because JSON converts from and to nearly everything.
    return result<json>{boost::system::in_place_value, std::move(claims)};
}

} // namespace watertight::lab
