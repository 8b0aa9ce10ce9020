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

static trial under_value(std::string value, tenant_index carries, std::uint64_t count)
{
    trial t;
    t.table = "public.deals";
    t.tenant_column = "company_id";
    t.under_others.push_back({value, carries, count, {std::nullopt, value, {canary_of(carries)}}});
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

TEST(PostgresRowOwnership, CatchesARowThatRefersToAnotherTenantsRow)
{
    trial t{.table = "public.order_tags"};
    t.referring = 4;
    t.crossings.push_back({"tag_id", "public.tags", alice, bob, 2});

    auto const c = judge({with_row(alice, alice), t});

    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "postgres public.order_tags by tag_id");
}

TEST(PostgresRowOwnership, ReferencesWithoutOneRowThatIsMarkedAreNotAPass)
{
    trial t{.table = "public.order_tags"};
    t.referring = 4;
    EXPECT_FALSE(judge({t}).undecided.empty());
}

TEST(PostgresRowOwnership, PassesRowsUnderTheirWriter)
{
    auto const c = judge({with_row(alice, alice), with_row(bob, bob)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

// Customers have small numbers, and so have tenants.
TEST(PostgresRowOwnership, PassesAGuessedColumnWhoseValuesAreEachOneTenantsOwn)
{
    auto deals = under_value("7", alice, 3);
    deals.is_guessed = true;
    auto things = with_row(alice, alice);
    things.tenant_column = deals.tenant_column;
    things.rightly = 1;
    EXPECT_TRUE(judge({things, deals}).violations.empty());
}

TEST(PostgresRowOwnership, PassesRowsThatWereOnlyCounted)
{
    trial t;
    t.table = "public.things";
    t.rightly = 3;
    EXPECT_EQ(judge({t}).trials, 3U);
    EXPECT_TRUE(judge({t}).undecided.empty());
}

TEST(PostgresRowOwnership, CatchesAValueThatIsNobodysInAColumnOfTenants)
{
    auto t = under_value("default", alice, 2);
    t.rightly = 1;
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(PostgresRowOwnership, PassesValuesOfAnotherKindThatEachBelongToOneTenant)
{
    auto t = under_value("17", alice, 2);
    t.under_others.push_back(under_value("18", bob, 1).under_others.front());
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 3U);
}

TEST(PostgresRowOwnership, CatchesARowUnderAValueThatIsAnothersByAllOtherRows)
{
    auto t = under_value("17", alice, 5);
    t.under_others.push_back(under_value("17", bob, 1).under_others.front());
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(PostgresRowOwnership, AStoreWithoutCanariesIsNotAPass)
{
    EXPECT_EQ(judge({}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::row_ownership
