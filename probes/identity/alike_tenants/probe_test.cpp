#include "probes/identity/alike_tenants/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::alike_tenants {

using namespace testing;

static view view_of(probe::exchange seen)
{
    return {std::move(seen), bob, "one begins with the other", false, true, false};
}

TEST(IdentityAlikeTenants, KnowsWhatCarelessKeysTakeForTheSame)
{
    auto const all = alike("wt-a");
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].slug, "wt-a0");
    EXPECT_EQ(all[1].slug, "wt-a-j");
    EXPECT_EQ(all[2].slug, "WT-A");
    EXPECT_EQ(all[3].slug, "wt_a");
    EXPECT_EQ(alike("17").size(), 2U);
    EXPECT_EQ(lengthened("wt", 6), "wtkk");
    EXPECT_EQ(lengthened("longer", 4), "longer");
}

TEST(IdentityAlikeTenants, CatchesTheOthersData)
{
    auto const c = judge({view_of(answer(alice, 200, {alice, bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// "acme" + "0x" is "acme0" + "x".
TEST(IdentityAlikeTenants, KnowsWhichIdsAreAnothersUnderAShorterName)
{
    EXPECT_EQ(glued("0", "x"), (std::vector<std::string>{"0x"}));
    EXPECT_EQ(glued("-j", "x"), (std::vector<std::string>{"-jx", "j-x"}));
    EXPECT_TRUE(glued("", "x").empty());
    EXPECT_TRUE(glued("0", "").empty());
}

TEST(IdentityAlikeTenants, AskingForTheOthersNeedsAnAnswerAndNoOwnCanary)
{
    auto refused = view_of(answer(alice, 404));
    refused.asks_for_others = true;
    auto failed = view_of(answer(alice, 502));
    failed.asks_for_others = true;
    auto shown = view_of(answer(alice, 200, {bob}));
    shown.asks_for_others = true;

    EXPECT_EQ(judge({refused}).trials, 1U);
    EXPECT_TRUE(judge({refused}).violations.empty());
    EXPECT_EQ(judge({failed}).undecided.size(), 1U);
    EXPECT_EQ(judge({shown}).violations.size(), 1U);
}

TEST(IdentityAlikeTenants, CatchesWhatARemovalTookAlong)
{
    auto v = view_of(answer(alice, 200, {}, "[]"));
    v.is_afterwards = true;
    auto const c = judge({v});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(IdentityAlikeTenants, PassesWhereEachSeesItsOwn)
{
    auto after = view_of(answer(alice, 200, {alice}));
    after.is_afterwards = true;
    auto const c = judge({view_of(answer(alice, 200, {alice})), after});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityAlikeTenants, AnEmptyViewIsNotAPass)
{
    auto const c = judge({view_of(answer(alice, 200, {}, "[]"))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(IdentityAlikeTenants, LearnsHowKeysGoOnBehindAName)
{
    EXPECT_EQ(continuation("view:acme:quota", "acme"), ":quota");
    EXPECT_EQ(continuation("acme-settings", "acme"), "-settings");
    EXPECT_EQ(continuation("view:acme", "acme"), "");
    EXPECT_EQ(continuation("view:acme2:quota", "acme"), "");
    // What differs from key to key is no part of a name that anybody could choose beforehand.
    EXPECT_EQ(continuation("view:acme:user:17", "acme"), "");
}

} // namespace watertight::probes::identity::alike_tenants
