#include "probes/cache/unkeyed_header/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::unkeyed_header {

using namespace testing;

static trial trial_of(std::string const& victims_body)
{
    trial t;
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.headers = planted_headers("zq7kplanted");
    t.poison = answer(alice, 200, {}, t.headers.front().value);
    t.victims = answer(bob, 200, {}, victims_body);
    return t;
}

TEST(CacheUnkeyedHeader, TellsItsHeadersApart)
{
    auto const all = planted_headers("zq7kplanted");
    EXPECT_EQ(all[0].name, "X-Forwarded-Host");
    EXPECT_EQ(all[0].value, "ha-zq7kplanted.example");
    EXPECT_NE(all[0].marker, all[1].marker);
}

TEST(CacheUnkeyedHeader, CatchesAMarkerThatTheVictimIsServed)
{
    auto const c = judge({trial_of("see https://hb-zq7kplanted.example/x")});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_NE(c.violations[0].detail.find("X-Host"), std::string::npos);
}

TEST(CacheUnkeyedHeader, CatchesARouteThatTheVictimIsServed)
{
    auto t = trial_of("");
    t.headers = {{"X-Original-URL", "/other", {}}};
    t.victims = answer(bob, 200, {alice});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

// A target that repeats what it is sent, to whom sent it and nobody else.
TEST(CacheUnkeyedHeader, PassesAnEcho)
{
    auto const c = judge({trial_of("see https://bob.example/x")});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheUnkeyedHeader, PassesARefusedHeader)
{
    auto t = trial_of("");
    t.poison = answer(alice, 400);
    t.victims = {};
    EXPECT_EQ(judge({t}).trials, 1U);
}

TEST(CacheUnkeyedHeader, AFailingOwnerIsNotAPass)
{
    auto t = trial_of("");
    t.control = answer(bob, 500);
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::cache::unkeyed_header
