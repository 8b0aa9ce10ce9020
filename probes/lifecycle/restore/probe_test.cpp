#include "probes/lifecycle/restore/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::restore {

using namespace testing;

static keeping of_bob(int status_after, std::vector<tenant_index> const& after)
{
    keeping k;
    k.what = "an object that was made after the backup";
    k.owner = bob;
    k.canary = canary_of(bob).token;
    k.before = {answer(bob, 200, {bob})};
    k.after = {answer(bob, status_after, after)};
    return k;
}

// Alice's backup is brought back; Bob went on.
static trial with(keeping others)
{
    trial t;
    t.channel = "POST /restore";
    t.restored = alice;
    t.other = bob;
    t.taken = answer(alice, 201);
    t.brought_back = answer(alice, 200);
    t.returned.canary = canary_of(alice).token;
    t.returned.before = {answer(alice, 404)};
    t.returned.after = {answer(alice, 200, {alice})};
    t.others.push_back(std::move(others));
    t.hostile = answer(bob, 404);
    return t;
}

TEST(LifecycleRestore, CatchesWhatAnotherTenantLost)
{
    auto const c = judge({with(of_bob(404, {}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(LifecycleRestore, CatchesAnothersBackupBroughtBackForOneself)
{
    auto t = with(of_bob(200, {bob}));
    t.hostile = answer(bob, 200);
    t.intruders_views = {answer(bob, 200, {bob, alice})};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::confidentiality);
}

TEST(LifecycleRestore, PassesWhenTheOtherKeepsAll)
{
    auto const c = judge({with(of_bob(200, {bob}))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(LifecycleRestore, ARestoreThatBringsNothingBackIsNotAPass)
{
    auto t = with(of_bob(200, {bob}));
    t.returned.after = {answer(alice, 404)};
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(LifecycleRestore, ARefusedRestoreIsNotAPass)
{
    auto t = with(of_bob(200, {bob}));
    t.brought_back = answer(alice, 403);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(LifecycleRestore, AFailedReadOfTheOthersIsNotALoss)
{
    EXPECT_TRUE(judge({with(of_bob(503, {}))}).violations.empty());
}

} // namespace watertight::probes::lifecycle::restore
