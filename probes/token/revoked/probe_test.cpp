#include "probes/testing.hpp"
#include "probes/token/revoked/probe.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::token::revoked {

using namespace testing;

static trial sound()
{
    trial t;
    t.channel = "token of a removed user";
    t.event = "the user was removed";
    t.before = answer(bob, 200, {bob});
    t.taken = answer(bob, 204);
    t.after = answer(bob, 401);
    return t;
}

TEST(TokenRevoked, CatchesATokenThatGoesOn)
{
    auto t = sound();
    t.after = answer(bob, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "token of a removed user");
}

TEST(TokenRevoked, PassesARefusalAtTheRequestOrAtTheLogIn)
{
    auto at_login = sound();
    at_login.after = unanswered(bob);
    auto const c = judge({sound(), at_login});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

// Where nothing is found, 200 is the answer to strangers, too.
TEST(TokenRevoked, PassesAnAnswerWithoutData)
{
    auto t = sound();
    t.after = answer(bob, 200, {}, R"({"error":"sign in first"})");
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(TokenRevoked, ARemovalThatFailedIsNotAPass)
{
    auto t = sound();
    t.taken = answer(bob, 403);
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(TokenRevoked, CredentialsThatNeverShowedAnythingAreNotAPass)
{
    auto t = sound();
    t.before = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::token::revoked
