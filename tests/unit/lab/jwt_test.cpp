#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/jwt.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace watertight::lab {

using nlohmann::json;

static json const claims{{"sub", "u"}, {"tenantId", "t"}, {"exp", 1000}};

static std::string with_header(std::string const& token, json const& header)
{
    return base64url(header.dump()) + token.substr(token.find('.'));
}

TEST(Token, IsVerifiedUntilItExpires)
{
    auto const token = sign_token(claims, "key");

    auto const good = verify_token(token, {.key = "key", .now_s = 999});
    ASSERT_TRUE(good.has_value());
    EXPECT_EQ((*good)["tenantId"], "t");
    EXPECT_FALSE(verify_token(token, {.key = "key", .now_s = 1000}).has_value());
}

TEST(Token, OfAnotherKeyOrWithChangedClaimsIsRefused)
{
    auto const token = sign_token(claims, "key");
    auto other = claims;
    other["tenantId"] = "victim";
    auto const signature = token.substr(token.rfind('.'));
    auto const head = token.substr(0, token.find('.'));

    EXPECT_FALSE(verify_token(token, {.key = "other", .now_s = 0}).has_value());
    auto const forged = head + "." + base64url(other.dump()) + signature;
    EXPECT_FALSE(verify_token(forged, {.key = "key", .now_s = 0}).has_value());
}

TEST(Token, CannotChooseItsAlgorithm)
{
    auto const token = sign_token(claims, "key");
    auto const unsigned_token = token.substr(0, token.rfind('.') + 1);
    token_rules const rules{.key = "key", .now_s = 0};

    EXPECT_FALSE(verify_token(with_header(token, {{"alg", "none"}}), rules).has_value());
    EXPECT_FALSE(verify_token(with_header(unsigned_token, {{"alg", "none"}}), rules).has_value());
    EXPECT_FALSE(verify_token(unsigned_token, rules).has_value());
    EXPECT_FALSE(verify_token(with_header(token, {{"alg", "RS256"}}), rules).has_value());
    EXPECT_FALSE(verify_token("a.b", rules).has_value());
    EXPECT_FALSE(verify_token("a.b.c", rules).has_value());
}

TEST(Token, WithTheDefectNeedsNoSignature)
{
    auto const token = sign_token(claims, "key");
    auto const unsigned_token = token.substr(0, token.rfind('.') + 1);
    token_rules const rules{.key = "key", .now_s = 0, .accept_unsigned = true};

    EXPECT_TRUE(verify_token(with_header(unsigned_token, {{"alg", "none"}}), rules).has_value());
    EXPECT_TRUE(verify_token(unsigned_token, rules).has_value());
}

TEST(Token, WithoutAnExpiryIsRefused)
{
    auto const token = sign_token({{"sub", "u"}}, "key");

    EXPECT_FALSE(verify_token(token, {.key = "key", .now_s = 0}).has_value());
}

TEST(Token, NotValidYetIsRefused)
{
    auto early = claims;
    early["nbf"] = 500;

    EXPECT_FALSE(verify_token(sign_token(early, "key"), {.key = "key", .now_s = 499}).has_value());
    EXPECT_TRUE(verify_token(sign_token(early, "key"), {.key = "key", .now_s = 500}).has_value());
}

TEST(Token, IsOfItsIssuerAndForItsAudience)
{
    auto named = claims;
    named["iss"] = "us";
    named["aud"] = "api";
    auto const token = sign_token(named, "key");

    token_rules const ours{.key = "key", .now_s = 0, .issuer = "us", .audience = "api"};
    EXPECT_TRUE(verify_token(token, ours).has_value());
    EXPECT_FALSE(verify_token(sign_token(claims, "key"), ours).has_value());
    token_rules const others{.key = "key", .now_s = 0, .issuer = "us", .audience = "other"};
    EXPECT_FALSE(verify_token(token, others).has_value());
}

TEST(Token, WithTheDefectsIsDecodedOrNeverEnds)
{
    auto const token = sign_token(claims, "key");

    token_rules const decoded{.key = "other", .now_s = 0, .accept_any_signature = true};
    EXPECT_TRUE(verify_token(token, decoded).has_value());
    token_rules const endless{.key = "key", .now_s = 5000, .accept_expired = true};
    EXPECT_TRUE(verify_token(token, endless).has_value());
}

TEST(Token, WithTheDefectTakesTheKeyFromTheFileThatItNames)
{
    auto const text =
        base64url(R"({"alg":"HS256","kid":"../dev/null"})") + "." + base64url(claims.dump());
    auto const token = text + "." + base64url(hmac_sha256("", text));

    EXPECT_FALSE(verify_token(token, {.key = "key", .now_s = 0}).has_value());
    token_rules const files{.key = "key", .now_s = 0, .key_folder = "/tmp"};
    EXPECT_TRUE(verify_token(token, files).has_value());
    EXPECT_TRUE(verify_token(sign_token(claims, "key"), files).has_value());
}

} // namespace watertight::lab
