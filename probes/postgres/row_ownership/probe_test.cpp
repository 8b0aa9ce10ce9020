#include "probes/postgres/row_ownership/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::row_ownership {

using namespace testing;

static trial with_row(std::optional<tenant_index> stored, tenant_index canary)
{
    trial t;
    t.table = "public.things";
    t.tenant_column = "tenant_id";
    t.rows.push_back({stored, stored ? "t-1" : "NULL", {canary_of(canary)}});
    return t;
}

TEST(PostgresRowOwnership, CatchesARowUnderAnotherTenant)
{
    auto const c = judge({with_row(bob, alice)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(PostgresRowOwnership, CatchesARowUnderNobody)
{
    EXPECT_EQ(judge({with_row(std::nullopt, alice)}).violations.size(), 1U);
}

TEST(PostgresRowOwnership, PassesRowsUnderTheirWriter)
{
    auto const c = judge({with_row(alice, alice), with_row(bob, bob)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(PostgresRowOwnership, PassesRowsThatWereOnlyCounted)
{
    trial t;
    t.table = "public.things";
    t.rightly = 3;
    EXPECT_EQ(judge({t}).trials, 3U);
    EXPECT_TRUE(judge({t}).undecided.empty());
}

TEST(PostgresRowOwnership, AStoreWithoutCanariesIsNotAPass)
{
    EXPECT_EQ(judge({}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::row_ownership
