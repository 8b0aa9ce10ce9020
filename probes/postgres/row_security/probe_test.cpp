#include "probes/postgres/row_security/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::row_security {

using namespace testing;

static attempt as(std::optional<tenant_index> who, std::vector<tenant_index> owners)
{
    attempt a;
    a.context = who ? "set to somebody" : "never set";
    a.as = who;
    a.answered = true;
    a.rows = owners.size();
    a.owners = std::move(owners);
    return a;
}

static trial table(std::vector<attempt> attempts)
{
    return {"public.things", {alice, bob}, std::move(attempts)};
}

TEST(PostgresRowSecurity, CatchesADefaultTenantThatIsNoneOfTheRuns)
{
    trial t;
    t.table = "public.invoices";
    t.present = {alice, bob};
    attempt own;
    own.as = alice;
    own.answered = true;
    own.owners = {alice};
    attempt unset;
    unset.answered = true;
    unset.is_unset = true;
    unset.strangers = {"acme"};
    t.attempts = {own, unset};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
    t.attempts.front().strangers = {"acme"};
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(PostgresRowSecurity, CatchesForeignRowsUnderOnesOwnContext)
{
    auto const c = judge({table({as(alice, {alice, bob})})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "postgres public.things");
}

TEST(PostgresRowSecurity, CatchesRowsShownToNobody)
{
    auto const c = judge({table({as(alice, {alice}), as(std::nullopt, {bob})})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_FALSE(c.violations[0].intruder.has_value());
}

TEST(PostgresRowSecurity, PassesOwnRowsOnly)
{
    auto const c = judge({table({as(alice, {alice}), as(bob, {bob}), as(std::nullopt, {})})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 3U);
}

// A policy that raises an error without a context shows nothing, which is all it must do.
TEST(PostgresRowSecurity, PassesARefusedQueryWithoutContext)
{
    auto refused = as(std::nullopt, {});
    refused.answered = false;
    refused.failure = "unrecognized configuration parameter";
    auto const c = judge({table({as(alice, {alice}), refused})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
}

TEST(PostgresRowSecurity, NobodySeeingAnythingIsNotAPass)
{
    auto const c = judge({table({as(alice, {}), as(std::nullopt, {})})});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(PostgresRowSecurity, ATableWithOneTenantsRowsIsNotAPass)
{
    trial const lonely{"public.things", {alice}, {as(alice, {alice})}};
    EXPECT_EQ(judge({lonely}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::row_security
