#include "probes/postgres/cross_writes/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::cross_writes {

using namespace testing;

static trial with(std::vector<attempt> attempts)
{
    return {"public.things", bob, alice, std::move(attempts)};
}

static attempt tried(ending how, bool owner_may = true)
{
    return {"INSERT", "insert a row under another's id", how, owner_may, "why", "psql"};
}

TEST(PostgresCrossWrites, CatchesWhatTouchesAnothersRows)
{
    auto const c = judge({with({tried(ending::touched)})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "postgres public.things INSERT");
}

// The policies are asked before the constraints: a duplicate key means that they had let it pass.
TEST(PostgresCrossWrites, CatchesWhatOnlyAConstraintStopped)
{
    EXPECT_EQ(judge({with({tried(ending::constrained)})}).violations.size(), 1U);
}

TEST(PostgresCrossWrites, PassesRefusalsAndStatementsWithoutEffect)
{
    auto const c = judge({with({tried(ending::refused), tried(ending::nothing)})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(PostgresCrossWrites, WhatItsOwnerMayNotEitherIsNotAPass)
{
    auto const c = judge({with({tried(ending::refused, false)})});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(PostgresCrossWrites, ATimeOutIsNotAPass)
{
    EXPECT_EQ(judge({with({tried(ending::unknown)})}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::cross_writes
