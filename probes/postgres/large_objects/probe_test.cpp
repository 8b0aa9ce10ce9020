#include "probes/postgres/large_objects/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::large_objects {

using namespace testing;

TEST(PostgresLargeObjects, CatchesAnothersContent)
{
    auto const c = judge({alice, 2, 0, {canary_of(bob)}, "psql"});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "postgres large objects");
}

TEST(PostgresLargeObjects, PassesObjectsThatShowNothingOfOthers)
{
    auto const c = judge({alice, 2, 1, {}, ""});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 3U);
}

TEST(PostgresLargeObjects, NoObjectAtAllIsNotAPass)
{
    auto const c = judge({alice, 0, 0, {}, ""});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_FALSE(c.not_applicable.empty());
}

} // namespace watertight::probes::postgres::large_objects
