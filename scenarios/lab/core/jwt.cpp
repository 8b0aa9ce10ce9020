#include "scenarios/lab/core/jwt.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

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

// With the defect, whoever writes the header chooses the file.
static std::string key_for(json const& header, token_rules const& rules)
{
    auto const kid = header.find("kid");
    if (rules.key_folder.empty() || kid == header.end() || !kid->is_string()) {
        return std::string{rules.key};
    }
    auto const path = std::string{rules.key_folder} + "/" + kid->get<std::string>();
    std::ifstream file{path, std::ios::binary};
    if (!file) return random_bytes(32);
    return {std::istreambuf_iterator<char>{file}, {}};
}

static char const* signature_fault(
    std::string_view token, json const& header, std::string_view signature, token_rules const& rules
)
{
    if (rules.accept_any_signature) return nullptr;
    auto const is_unsigned = iequals(header["alg"].get<std::string>(), "none") || signature.empty();
    if (rules.accept_unsigned && is_unsigned) return nullptr;
    if (header["alg"] != "HS256") return "the token's algorithm is not HS256";
    if (!signature_holds(token, signature, key_for(header, rules))) {
        return "the token's signature is wrong";
    }
    return nullptr;
}

static bool is_text(json const& claims, char const* name, std::string_view wanted)
{
    auto const at = claims.find(name);
    return at != claims.end() && at->is_string() && at->get<std::string>() == wanted;
}

static char const* claims_fault(json const& claims, token_rules const& rules)
{
    auto const expiry = claims.find("exp");
    if (expiry == claims.end() || !expiry->is_number_integer()) return "the token has no expiry";
    if (!rules.accept_expired && expiry->get<std::int64_t>() <= rules.now_s) {
        return "the token has expired";
    }
    auto const begin = claims.find("nbf");
    if (begin != claims.end() &&
        (!begin->is_number_integer() || begin->get<std::int64_t>() > rules.now_s))
    {
        return "the token is not valid yet";
    }
    if (!rules.issuer.empty() && !is_text(claims, "iss", rules.issuer)) {
        return "the token's issuer is another";
    }
    if (!rules.audience.empty() && !is_text(claims, "aud", rules.audience)) {
        return "the token is for another service";
    }
    return nullptr;
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
    if (auto const* const why = signature_fault(token, header, parts[2], rules)) {
        return refused(why);
    }
    auto claims = decode_part(parts[1]);
    if (!claims.is_object()) return refused("the token is malformed");
    if (auto const* const why = claims_fault(claims, rules)) return refused(why);
    // Spelled out, because JSON converts from and to nearly everything.
    return result<json>{boost::system::in_place_value, std::move(claims)};
}

} // namespace watertight::lab
