#include "probes/identity/precedence/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::identity::precedence {

using namespace testing;

// Alice's credentials.
static trial with(way how, probe::exchange hostile)
{
    trial t;
    t.channel = "header X-Tenant";
    t.how = how;
    t.victim = bob;
    t.victims = answer(bob, 200, {bob});
    t.own = answer(alice, 200, {alice});
    t.hostile = std::move(hostile);
    return t;
}

TEST(IdentityPrecedence, CatchesTheLastOfTwoHeaders)
{
    auto t = with(way::twice, answer(alice, 200, {bob}));
    t.detail = "twice, the other's last";
    auto const c = judge({with(way::agrees, answer(alice, 200, {alice})), t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "identity header X-Tenant, twice, the other's last");
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(IdentityPrecedence, CatchesAForwardedHostThatNobodyDescribed)
{
    auto t = with(way::forwarded, answer(alice, 200, {bob}));
    t.channel = "header X-Forwarded-Host (not in the scenario)";
    t.is_guess = true;
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.tables.at(0).rows.size(), 1U);
}

TEST(IdentityPrecedence, PassesRefusalsAndOwnData)
{
    auto const c = judge(
        {with(way::agrees, answer(alice, 200, {alice})),
         with(way::alone, answer(alice, 200, {alice})),
         with(way::others, answer(alice, 403)),
         with(way::beside_own, answer(alice, 200, {alice})),
         with(way::spelt, answer(alice, 400))}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 5U);
}

TEST(IdentityPrecedence, TellsInATableWhomEachChannelIsBelieved)
{
    auto const c = judge(
        {with(way::agrees, answer(alice, 200, {alice})),
         with(way::others, answer(alice, 403)),
         with(way::beside_own, answer(alice, 200, {alice})),
         with(way::beside_own, answer(alice, 400)),
         with(way::unknown, answer(alice, 200, {}, "[]"))}
    );
    ASSERT_EQ(c.tables.size(), 1U);
    auto const& t = c.tables[0];
    std::vector<std::string> const columns{
        "channel", "agrees", "other's, alone", "other's, beside own", "nobody's"};
    EXPECT_EQ(t.columns, columns);
    ASSERT_EQ(t.rows.size(), 1U);
    std::vector<std::string> const row{
        "header X-Tenant", "own data", "refused 403", "refused 400 or ignored", "nothing"};
    EXPECT_EQ(t.rows[0], row);
}

TEST(IdentityPrecedence, AVictimThatSeesNothingIsNotAPass)
{
    auto t = with(way::others, answer(alice, 403));
    t.victims = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(IdentityPrecedence, AChannelThatNeverWorksIsNotAPass)
{
    auto const c =
        judge({with(way::agrees, answer(alice, 403)), with(way::others, answer(alice, 403))});
    EXPECT_EQ(c.undecided.size(), 1U);
}

static bool has(std::vector<spelling> const& all, std::string_view value)
{
    return std::ranges::any_of(all, [&](auto const& s) { return s.value == value; });
}

TEST(IdentityPrecedence, SpellsANameInOtherWays)
{
    auto const all = spellings("acme", false);
    EXPECT_TRUE(has(all, "ACME"));
    EXPECT_TRUE(has(all, "%61cme"));
    EXPECT_TRUE(
        has(all,
            "\xef\xbd\x81"
            "cme")
    );
    EXPECT_FALSE(has(all, "acme"));
    EXPECT_TRUE(has(spellings("7", false), "07"));
    EXPECT_TRUE(has(spellings("acme.example", true), "acme.example."));
    EXPECT_FALSE(has(spellings("acme.example", true), "acme.example "));
}

} // namespace watertight::probes::identity::precedence
