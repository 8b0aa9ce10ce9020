#include "probes/postgres/key_oracle/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::key_oracle {

using namespace testing;

static attempt of(kind what, bool control, bool tells)
{
    attempt a{what, "public.users", "users_email_key", "email", bob, alice};
    a.control = control;
    a.tells = tells;
    a.failure = "why";
    return a;
}

TEST(PostgresKeyOracle, CatchesADuplicateOfAnothers)
{
    auto const c = judge({of(kind::unique, true, true)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "postgres public.users key users_email_key");
    EXPECT_FALSE(c.violations[0].kind.has_value());
}

TEST(PostgresKeyOracle, CatchesReferencesAndCascadesAsChanges)
{
    auto const c = judge({of(kind::reference, true, true), of(kind::cascade, true, true)});
    ASSERT_EQ(c.violations.size(), 2U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    EXPECT_EQ(c.violations[1].channel, "postgres public.users key users_email_key cascade");
}

TEST(PostgresKeyOracle, CatchesAWaitThatChanceDoesNotExplain)
{
    auto a = of(kind::unique, true, true);
    for (int i = 0; i < 8; ++i) {
        a.alone_ms.push_back(2 + i);
        a.waiting_ms.push_back(60 + 2 * i);
    }
    EXPECT_NE(judge({a}).violations[0].detail.find("error rate 1 %"), std::string::npos);
    a.waiting_ms = a.alone_ms;
    EXPECT_EQ(judge({a}).violations[0].detail.find("error rate"), std::string::npos);
}

TEST(PostgresKeyOracle, PassesAKeyThatTellsNothing)
{
    auto const c = judge({of(kind::unique, true, false)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(PostgresKeyOracle, AFailingControlIsNotAPass)
{
    EXPECT_EQ(judge({of(kind::unique, false, true)}).undecided.size(), 1U);
}

} // namespace watertight::probes::postgres::key_oracle
