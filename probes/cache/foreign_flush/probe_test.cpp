#include "probes/cache/foreign_flush/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::foreign_flush {

using namespace testing;

// Alice leaves; Bob's entries stay.
static trial sound()
{
    trial t;
    t.event = "DELETE /tenants/{tenant.id}";
    t.by = alice;
    t.keys = {
        {{{}, "tenant:bob:user:1"}, "tenant:*:user:*", bob, "zq7kbob", false, "redis-cli"},
        {{{}, "tenant:bob:user:2"}, "tenant:*:user:*", bob, "zq7kbob", false, "redis-cli"},
    };
    return t;
}

TEST(CacheForeignFlush, CatchesAKeyThatIsGone)
{
    auto t = sound();
    t.keys[1].is_gone = true;
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].position, "tenant:bob:user:2");
}

TEST(CacheForeignFlush, PassesKeysThatStay)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheForeignFlush, AnEmptyCacheIsNotAPass)
{
    auto t = sound();
    t.keys.clear();
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(CacheForeignFlush, AStepThatWasRefusedIsNotAPass)
{
    auto t = sound();
    t.failure = "403 Forbidden";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::cache::foreign_flush
