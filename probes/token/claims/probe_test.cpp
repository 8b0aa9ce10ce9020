#include "harness/probe/toolbox.hpp"
#include "probes/testing.hpp"
#include "probes/token/claims/probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::token::claims {

using namespace testing;

static trial sound()
{
    trial t;
    t.channel = "token with exp an hour ago";
    t.must_be_refused = "exp an hour ago";
    t.asker = alice;
    t.control = t.resigned = answer(alice, 200, {alice});
    t.hostile = answer(alice, 401);
    return t;
}

TEST(TokenClaims, CatchesAnExpiredTokenThatIsServed)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {alice});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].level, evidence::severity::medium);
}

TEST(TokenClaims, CatchesAMissingTenantThatBecomesAnother)
{
    auto t = sound();
    t.must_be_refused.clear();
    t.hostile = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].level, std::nullopt);
}

// The user's record may well say whose it is.
TEST(TokenClaims, PassesOwnDataWithoutTheTenantsClaim)
{
    auto t = sound();
    t.must_be_refused.clear();
    t.hostile = answer(alice, 200, {alice});
    auto const c = judge({t, sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(TokenClaims, AKeyThatSignsNothingAcceptedIsNotAPass)
{
    auto t = sound();
    t.resigned = answer(alice, 401);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(TokenClaims, AnOwnerThatSeesNothingIsNotAPass)
{
    auto t = sound();
    t.control = answer(alice, 401);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

static bool has(std::vector<variant> const& all, std::string_view name)
{
    return std::ranges::any_of(all, [&](auto const& v) { return v.name == name; });
}

TEST(TokenClaims, WritesOnlyClaimsThatTheIssuerWrites)
{
    probe::jwt const plain{{{"alg", "HS256"}}, {{"sub", "7"}, {"exp", 5}, {"org", "a"}}, ""};
    auto const all = variants(plain, {"org"}, 1'000'000);
    EXPECT_TRUE(has(all, "exp an hour ago"));
    EXPECT_FALSE(has(all, "aud of another service"));
    EXPECT_FALSE(has(all, "nbf in an hour"));
    EXPECT_TRUE(has(all, "org missing"));
    EXPECT_TRUE(has(all, "org missing, another tenant named"));
    auto rich = plain;
    rich.claims["aud"] = "api";
    rich.claims["iss"] = "me";
    rich.claims["type"] = "access";
    auto const more = variants(rich, {"org"}, 1'000'000);
    EXPECT_TRUE(has(more, "aud of another service"));
    EXPECT_TRUE(has(more, "iss of somebody else"));
    EXPECT_TRUE(has(more, "type of a refresh token"));
}

TEST(TokenClaims, SignsWhatItReads)
{
    probe::jwt const plain{{{"alg", "HS384"}}, {{"sub", "7"}}, ""};
    auto const token = probe::sign(plain, "key");
    ASSERT_TRUE(token);
    auto const again = probe::read_jwt(*token);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->claim("sub"), "7");
    EXPECT_EQ(probe::guess_key(*token, {"no", "key"}), "key");
    EXPECT_FALSE(probe::read_jwt("a.b.c"));
    EXPECT_FALSE(probe::sign({{{"alg", "RS256"}}, {{"sub", "7"}}, ""}, "no key"));
}

} // namespace watertight::probes::token::claims
