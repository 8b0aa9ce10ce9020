#include "probes/api/operator_injection/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::operator_injection {

using namespace testing;

static trial read_with(probe::exchange hostile)
{
    return {"a wildcard", answer(alice, 200, {alice}), std::move(hostile)};
}

static log_in_trial sound_log_in()
{
    log_in_trial t;
    t.how = "the secret replaced by an operator";
    t.victim = bob;
    t.proper = answer(bob, 200);
    t.proper_is_let_in = true;
    t.wrong = t.hostile = answer(bob, 401);
    return t;
}

TEST(ApiOperatorInjection, CatchesQuotesThatEndAValueWhereEachTenantHasASchema)
{
    splice_trial t;
    t.how = "a quote";
    t.open = answer(alice, 200, {alice});
    t.doubled = answer(alice, 200, {}, "[]");
    EXPECT_EQ(judge({}, {}, {t}).violations.size(), 1U);
    t.doubled = t.open;
    EXPECT_TRUE(judge({}, {}, {t}).violations.empty());
    t.doubled = answer(alice, 429);
    EXPECT_TRUE(judge({}, {}, {t}).violations.empty());
}

TEST(ApiOperatorInjection, CatchesForeignDataBehindAnOperator)
{
    auto const c = judge({read_with(answer(alice, 200, {alice, bob}))}, {});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiOperatorInjection, CatchesALogInPastTheSecret)
{
    auto t = sound_log_in();
    t.hostile = answer(bob, 200);
    t.is_let_in = true;
    auto const c = judge({}, {t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(ApiOperatorInjection, PassesOwnDataRefusalsAndFailures)
{
    auto const c = judge(
        {read_with(answer(alice, 200, {alice})),
         read_with(answer(alice, 400)),
         read_with(answer(alice, 500))},
        {sound_log_in()}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 4U);
}

// A log-in that lets everybody in is no injection.
TEST(ApiOperatorInjection, PassesALogInThatAsksForNoSecret)
{
    auto t = sound_log_in();
    t.is_let_in = t.wrong_is_let_in = true;
    EXPECT_TRUE(judge({}, {t}).violations.empty());
}

TEST(ApiOperatorInjection, AThrottledReadIsNotAPass)
{
    EXPECT_EQ(judge({read_with(answer(alice, 429))}, {}).undecided.size(), 1U);
}

TEST(ApiOperatorInjection, ALogInThatNeverWorksIsNotAPass)
{
    auto t = sound_log_in();
    t.proper_is_let_in = false;
    EXPECT_EQ(judge({}, {t}).undecided.size(), 1U);
}

TEST(ApiOperatorInjection, PutsOperatorsWhereTheValueStands)
{
    payload const object{R"({"$ne":null})", "an operator", true};
    EXPECT_EQ(
        with_payload(R"({"text":"x","ids":[7]})", "x", object), R"({"ids":[7],"text":{"$ne":null}})"
    );
    EXPECT_EQ(with_payload(R"({"ids":[7]})", "7", {"*", "a wildcard"}), R"({"ids":["*"]})");
    EXPECT_FALSE(with_payload(R"({"text":"x"})", "y", object));
    EXPECT_FALSE(with_payload("no json", "x", object));
}

TEST(ApiOperatorInjection, SpeaksFilterLanguagesInBothQuotes)
{
    for (std::string const text : {"' || '1'='1", R"(" || "1"="1)"}) {
        EXPECT_EQ(std::ranges::count(payloads(), text, &payload::text), 1) << text;
    }
}

TEST(ApiOperatorInjection, PollutesEachParameter)
{
    auto const all = polluted_targets("/users?q=x&status=active");
    auto const has = [&](std::string_view wanted) {
        return std::ranges::any_of(all, [&](auto const& one) { return one.second == wanted; });
    };
    EXPECT_TRUE(has("/users?q=%2A&status=active"));
    EXPECT_TRUE(has("/users?q=x&status[$ne]=zq"));
    EXPECT_TRUE(polluted_targets("/users").empty());
}

} // namespace watertight::probes::api::operator_injection
