#include "harness/probe/toolbox.hpp"
#include "probes/testing.hpp"
#include "probes/token/forged/probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::token::forged {

using namespace testing;

static trial sound()
{
    return {"alg none", bob, answer(bob, 200, {bob}), answer(alice, 401)};
}

TEST(TokenForged, CatchesAnAcceptedForgery)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "token alg none");
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(TokenForged, TellsOnceOfWhatNobodyInParticularIsShown)
{
    auto bare = sound();
    bare.name = "missing";
    bare.hostile = answer(alice, 200, {bob});
    auto forged = bare;
    forged.name = "alg none";
    auto made_up = bare;
    made_up.name = "made up";
    auto const c = judge({forged, made_up, bare});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "token missing");
    EXPECT_EQ(judge({forged, made_up}).violations.size(), 1U);
}

TEST(TokenForged, PassesARefusal)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(TokenForged, AnOwnerThatSeesNothingIsNotAPass)
{
    auto t = sound();
    t.control = answer(bob, 401);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

static std::string token(std::string const& header, std::string const& payload)
{
    return base64url(header) + "." + base64url(payload) + "." + base64url("signed " + payload);
}

// The claims stay the victim's to the letter: only the proof is missing.
TEST(TokenForged, ForgesWithTheVictimsClaims)
{
    auto const victims = token(R"({"alg":"HS256"})", R"({"tenant":"bob"})");
    auto const payload = std::string{split(victims, '.')[1]};
    auto const all = forge(victims, token(R"({"alg":"HS256"})", R"({"tenant":"alice"})"), {});
    EXPECT_GE(all.size(), 18U);
    for (auto const& f : all) {
        EXPECT_EQ(split(f.token, '.')[1], payload) << f.name;
        EXPECT_NE(f.token, victims) << f.name;
    }
    EXPECT_TRUE(forge("opaque", "opaque", {}).empty());
}

static bool names(std::vector<forgery> const& all, std::string_view name)
{
    return std::ranges::any_of(all, [&](auto const& f) {
        return f.name.find(name) != std::string::npos;
    });
}

TEST(TokenForged, CatchesAKeyThatTheServicesNameGivesAway)
{
    auto const t = *probe::read_jwt(token(R"({"alg":"HS512"})", R"({"tenant":"bob"})"));
    auto const weak = *probe::sign(t, "ledger-secret");
    EXPECT_TRUE(names(forge(weak, "", {"ledger"}), "guessed key 'ledger-secret'"));
    auto const strong = *probe::sign(t, "J8g0ax71kq20dlw93mvb5");
    EXPECT_FALSE(names(forge(strong, "", {"ledger"}), "guessed key"));
}

TEST(TokenForged, ChangesOpaqueTokensALittle)
{
    std::string const token = "0123456789abcdef0123456789abcdef";
    auto const all = mutate(token);
    ASSERT_EQ(all.size(), 4U);
    for (auto const& f : all) EXPECT_NE(f.token, token) << f.name;
    EXPECT_TRUE(mutate("short").empty());
}

TEST(TokenForged, SignsWithAPublicKeyOnlyWhereThereIsOne)
{
    auto const keys = public_keys_in(
        R"({"keys":[{"kty":"RSA","n":"u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffA","e":"AQAB"}]})"
    );
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_TRUE(keys[0].starts_with("-----BEGIN PUBLIC KEY-----"));
    EXPECT_EQ(confuse(token(R"({"alg":"RS256"})", "{}"), keys).size(), 2U);
    EXPECT_TRUE(confuse(token(R"({"alg":"HS256"})", "{}"), keys).empty());
    EXPECT_TRUE(public_keys_in("<!doctype html>").empty());
}

} // namespace watertight::probes::token::forged
