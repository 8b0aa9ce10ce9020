#include "probes/lifecycle/deleted_object/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::lifecycle::deleted_object {

using namespace testing;

static trial sound()
{
    trial t;
    t.canary = "zq7kbob";
    t.before = answer(bob, 200, {bob});
    t.removal = answer(bob, 204);
    t.after = answer(bob, 200, {}, "[]");
    return t;
}

TEST(LifecycleDeletedObject, CatchesAListThatStillShowsIt)
{
    auto t = sound();
    t.after = answer(bob, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(LifecycleDeletedObject, PassesWhenItIsGone)
{
    EXPECT_TRUE(judge({sound()}).violations.empty());
    EXPECT_EQ(judge({sound()}).trials, 1U);
}

TEST(LifecycleDeletedObject, PassesOverTheEchoOfATerm)
{
    auto t = sound();
    t.after = answer(bob, 200, {bob});
    t.after.wire = "GET /things?q=zq7kbob HTTP/1.1\r\n\r\n";
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(LifecycleDeletedObject, ARefusedDeletionIsNotAPass)
{
    auto t = sound();
    t.removal = answer(bob, 403);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(LifecycleDeletedObject, AViewThatFailsAfterwardsIsNotAPass)
{
    auto t = sound();
    t.after = answer(bob, 503);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(LifecycleDeletedObject, KnowsABinByItsName)
{
    target::operation op;
    op.name = "users.trash";
    op.path_pattern = "/users/trash";
    EXPECT_TRUE(shows_deleted_by_design(op));
    op.name = "users.search";
    op.path_pattern = "/users";
    EXPECT_FALSE(shows_deleted_by_design(op));
}

} // namespace watertight::probes::lifecycle::deleted_object
