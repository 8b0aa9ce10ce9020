#include "probes/postgres/definer_functions/functions.hpp"
#include "probes/postgres/definer_functions/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::postgres::definer_functions {

using namespace testing;

static attempt call()
{
    attempt a;
    a.function = "public.find(uuid)";
    a.intruder = alice;
    a.arguments = "no arguments";
    a.answered = true;
    return a;
}

TEST(PostgresDefinerFunctions, CatchesAFunctionThatShowsAnother)
{
    auto a = call();
    a.token = canary_of(bob);
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].channel, "postgres public.find(uuid)");
}

TEST(PostgresDefinerFunctions, CatchesWhatACallersViewHeardAsTheOwner)
{
    auto a = call();
    a.how = way::shadow;
    a.answered = false;
    a.token = canary_of(bob);
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].level, evidence::severity::high);
}

TEST(PostgresDefinerFunctions, CatchesAFigureThatTellsOfAnother)
{
    auto a = call();
    a.how = way::figure;
    a.tells_of = bob;
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::unobservability);
}

TEST(PostgresDefinerFunctions, CatchesAFunctionThatAUserMayAskForAnyTenant)
{
    auto a = call();
    a.how = way::named;
    a.token = canary_of(bob);
    EXPECT_EQ(judge({a}, true).violations.size(), 1U);
}

// The application's own code says for whom it asks.
TEST(PostgresDefinerFunctions, PassesAFunctionThatTheApplicationAsksAndNotesIt)
{
    auto a = call();
    a.how = way::trusted;
    a.token = canary_of(bob);
    auto const c = judge({a}, true);
    EXPECT_TRUE(c.violations.empty());
    ASSERT_EQ(c.notes.size(), 1U);
    EXPECT_NE(c.notes[0].find("public.find(uuid)"), std::string::npos);
}

TEST(PostgresDefinerFunctions, PassesAFunctionThatShowsNothingOfOthers)
{
    auto const c = judge({call()}, true);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

// A function that refuses what it was given has shown nothing.
TEST(PostgresDefinerFunctions, PassesARefusedCall)
{
    auto a = call();
    a.answered = false;
    EXPECT_TRUE(judge({a}, true).undecided.empty());
}

TEST(PostgresDefinerFunctions, ASessionThatSeesNothingIsNotAPass)
{
    EXPECT_EQ(judge({call()}, false).undecided.size(), 1U);
}

TEST(PostgresDefinerFunctions, CatchesAFunctionThatWritesToAnothersRows)
{
    auto a = call();
    a.how = way::write;
    a.tells_of = bob;
    auto const c = judge({a}, true);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    a.how = way::trusted;
    EXPECT_TRUE(judge({a}, true).violations.empty());
    EXPECT_EQ(judge({a}, true).notes.size(), 1U);
}

TEST(PostgresDefinerFunctions, AnIdStandsAloneInAnArrayOrInAMemberOfAnObject)
{
    function f{.name = "api.f", .display = "api.f(bigint, bigint[], jsonb)"};
    f.types = {"bigint", "bigint[]", "jsonb"};
    f.body = "select body ->> 'film' from x where note = body->'note'";
    EXPECT_EQ(f.members(), (std::vector<std::string>{"film", "note"}));
    auto const all = passings(f, {"7"});
    std::vector<std::string> calls;
    for (auto const& one : all) calls.push_back(call_of(f, one));
    EXPECT_EQ(
        calls,
        (std::vector<std::string>{
            "api.f(1000::bigint, '{}'::bigint[], '{}'::jsonb)",
            "api.f('7'::bigint, '{}'::bigint[], '{}'::jsonb)",
            "api.f(1000::bigint, array['7']::bigint[], '{}'::jsonb)",
            "api.f(1000::bigint, '{}'::bigint[], '{\"film\":\"7\",\"note\":\"%\"}'::jsonb)",
            "api.f(1000::bigint, '{}'::bigint[], '{\"film\":\"%\",\"note\":\"7\"}'::jsonb)"})
    );
}

} // namespace watertight::probes::postgres::definer_functions
