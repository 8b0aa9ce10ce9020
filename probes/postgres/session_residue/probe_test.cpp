#include "probes/postgres/session_residue/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::session_residue {

using namespace testing;

TEST(PostgresSessionResidue, CatchesWhatATenantLeftBehind)
{
    auto const c = judge({4, 4, {{"temporary table recent", bob, "zq7kbob", "psql"}}});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_FALSE(c.violations[0].intruder.has_value());
    EXPECT_EQ(c.violations[0].channel, "postgres session: temporary table recent");
}

TEST(PostgresSessionResidue, PassesCleanUsedSessions)
{
    auto const c = judge({4, 3, {}});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 3U);
}

TEST(PostgresSessionResidue, AFreshSessionIsNotAPass)
{
    auto const c = judge({4, 0, {}});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_FALSE(c.not_applicable.empty());
}

} // namespace watertight::probes::postgres::session_residue
