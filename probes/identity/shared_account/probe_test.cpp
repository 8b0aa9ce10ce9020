#include "probes/identity/shared_account/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::identity::shared_account {

using namespace testing;

// The account is at home at alice's; whatever it asks is sent in that name.
static look look_in(tenant_index in, std::vector<tenant_index> const& shown, int status = 200)
{
    look l;
    l.in = in;
    l.other = in == alice ? bob : alice;
    l.when = "just after it had worked in the other";
    l.answer = answer(alice, status, shown);
    return l;
}

static creation made_in(tenant_index in, bool stands_there, bool stands_in_the_other)
{
    creation c;
    c.in = in;
    c.other = in == alice ? bob : alice;
    c.canary = "zq7kmade";
    c.made = answer(in, 201);
    c.made.channel = "POST /things";
    c.in_list = answer(in, 200, {in}, stands_there ? "[zq7kmade]" : "[]");
    c.other_list = answer(c.other, 200, {c.other}, stands_in_the_other ? "[zq7kmade]" : "[]");
    return c;
}

TEST(IdentitySharedAccount, CatchesTheFormerTenantsData)
{
    auto const c = judge({{look_in(bob, {bob}), look_in(bob, {alice})}, {}});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(IdentitySharedAccount, CatchesTheDataOfBoth)
{
    EXPECT_EQ(judge({{look_in(alice, {alice, bob})}, {}}).violations.size(), 1U);
}

TEST(IdentitySharedAccount, CatchesWhatIsMadeInTheFormerTenant)
{
    auto const c = judge({{look_in(bob, {bob})}, {made_in(bob, false, true)}});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].channel, "POST /things");
}

TEST(IdentitySharedAccount, PassesWhereEachRequestDecides)
{
    auto const c = judge(
        {{look_in(bob, {bob}), look_in(alice, {alice})},
         {made_in(bob, true, false), made_in(alice, true, false)}}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 4U);
}

TEST(IdentitySharedAccount, PassesIdentifiersOfTheAccountItself)
{
    auto l = look_in(bob, {bob});
    auto id = canary_of(alice);
    id.kind = evidence::token_kind::identifier;
    id.token = "u-17";
    l.answer.seen.push_back(id);
    EXPECT_TRUE(judge({{l}, {}}).violations.empty());
}

TEST(IdentitySharedAccount, ARefusalOrAnEmptyListIsNotAPass)
{
    auto const refused = judge({{look_in(bob, {}, 403)}, {}});
    EXPECT_EQ(refused.trials, 0U);
    EXPECT_FALSE(refused.undecided.empty());
    EXPECT_FALSE(judge({{look_in(bob, {})}, {}}).undecided.empty());
    EXPECT_FALSE(judge({{}, {made_in(bob, false, false)}}).undecided.empty());
}

} // namespace watertight::probes::identity::shared_account
