#include "probes/postgres/foreign_schema/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::foreign_schema {

using namespace testing;

static attempt tried(std::string verb, bool control, bool succeeds, std::uint64_t rows)
{
    attempt a;
    a.table = "tenant_bob.things";
    a.victim = bob;
    a.intruder = alice;
    a.verb = std::move(verb);
    a.control = control;
    a.succeeds = succeeds;
    a.rows = rows;
    return a;
}

TEST(PostgresForeignSchema, CatchesAReadAndAWrite)
{
    auto const c = judge({tried("SELECT", true, true, 2), tried("DELETE", true, true, 1)});
    ASSERT_EQ(c.violations.size(), 2U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "postgres SELECT in a tenant's schema");
    EXPECT_EQ(c.violations[1].kind, evidence::guarantee::integrity);
}

TEST(PostgresForeignSchema, CatchesABareNameAsAFindingOfItsOwn)
{
    auto bare = tried("SELECT", true, true, 1);
    bare.falls_through = true;
    bare.table = "things";
    auto const c = judge({bare, tried("SELECT", true, true, 1)});
    ASSERT_EQ(c.violations.size(), 2U);
    EXPECT_EQ(c.violations[0].channel, "postgres things SELECT");
    EXPECT_NE(c.violations[0].channel, c.violations[1].channel);
}

TEST(PostgresForeignSchema, PassesRefusals)
{
    auto const c = judge({tried("SELECT", true, false, 0)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(PostgresForeignSchema, PassesWhatTouchesNoRow)
{
    EXPECT_TRUE(judge({tried("DELETE", true, true, 0)}).violations.empty());
}

TEST(PostgresForeignSchema, AnUnreadableSchemaOfOnesOwnIsNotAPass)
{
    EXPECT_EQ(judge({tried("SELECT", false, false, 0)}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::foreign_schema
