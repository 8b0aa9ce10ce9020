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

TEST(TokenForged, KnowsAJwtWhenItSeesOne)
{
    EXPECT_TRUE(is_jwt(token(R"({"alg":"HS256"})", "{}")));
    EXPECT_FALSE(is_jwt(token(R"({"typ":"JWT"})", "{}")));
    EXPECT_FALSE(is_jwt("session-1234"));
    EXPECT_FALSE(is_jwt("a.b.c"));
}

// The claims stay the victim's to the letter: only the proof is missing.
TEST(TokenForged, ForgesWithTheVictimsClaims)
{
    auto const victims = token(R"({"alg":"HS256"})", R"({"tenant":"bob"})");
    auto const payload = std::string{split(victims, '.')[1]};
    auto const all = forge(victims, token(R"({"alg":"HS256"})", R"({"tenant":"alice"})"));
    EXPECT_GE(all.size(), 10U);
    for (auto const& f : all) {
        EXPECT_EQ(split(f.token, '.')[1], payload) << f.name;
        EXPECT_NE(f.token, victims) << f.name;
    }
    EXPECT_TRUE(forge("opaque", "opaque").empty());
}

} // namespace watertight::probes::token::forged
