#include "probes/api/existence_oracle/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::existence_oracle {

using namespace testing;

static trial
trial_of(int existing, std::string const& there, int absent, std::string const& nowhere)
{
    trial t;
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.ids = {"id-there", "id-nowhere"};
    for (int i = 0; i < 3; ++i) {
        t.existing.push_back(answer(alice, existing, {}, there));
        t.absent.push_back(answer(alice, absent, {}, nowhere));
    }
    return t;
}

static trial failing(std::size_t times)
{
    trial t;
    t.victim = bob;
    t.control = answer(bob, 200);
    for (std::size_t i = 0; i < times; ++i) {
        t.existing.push_back(answer(alice, 500));
        t.absent.push_back(answer(alice, 404));
    }
    return t;
}

TEST(ApiExistenceOracle, CatchesAFailureForWhatExistsAlone)
{
    auto const c = judge({failing(7)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("status 500 against 404"), std::string::npos);
}

TEST(ApiExistenceOracle, AFewFailuresAreNotAPass)
{
    EXPECT_EQ(judge({failing(3)}).undecided.size(), 1U);
    auto once = failing(7);
    once.existing[4] = answer(alice, 404);
    EXPECT_EQ(judge({once}).undecided.size(), 1U);
}

TEST(ApiExistenceOracle, CatchesDifferentStatuses)
{
    auto const c = judge({trial_of(403, "{}", 404, "{}")});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// "This object does not belong to your tenant 17."
TEST(ApiExistenceOracle, CatchesARefusalThatNamesTheAskersTenant)
{
    auto t = trial_of(403, "{}", 404, "{}");
    for (auto& e : t.existing) e = answer(alice, 403, {alice});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

// The fifth issue of the victim's project, where the asker's own project has a fifth one as well.
TEST(ApiExistenceOracle, AnIdThatIsTheAskersOwnThereIsNotAFinding)
{
    auto t = trial_of(201, "{}", 404, "{}");
    EXPECT_EQ(judge({t}).violations.size(), 1U);
    t.names_own = true;
    EXPECT_TRUE(judge({t}).violations.empty());
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiExistenceOracle, AnAnswerWithTheAskersOwnObjectIsNotAPass)
{
    auto t = trial_of(200, "{}", 404, "{}");
    for (auto& e : t.existing) e = answer(alice, 200, {alice});
    EXPECT_TRUE(judge({t}).violations.empty());
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiExistenceOracle, CatchesDifferentBodies)
{
    auto const c = judge({trial_of(404, R"({"error":"hidden"})", 404, R"({"error":"unknown"})")});
    EXPECT_EQ(c.violations.size(), 1U);
}

TEST(ApiExistenceOracle, CatchesAHeaderThatOnlyOneKindHas)
{
    auto t = trial_of(404, "{}", 404, "{}");
    for (auto& e : t.existing) e.head = "HTTP/1.1 404 X\r\nX-Owner: other\r\n\r\n";
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("x-owner"), std::string::npos);
}

TEST(ApiExistenceOracle, PassesHeadersThatDifferEachTime)
{
    auto t = trial_of(404, "{}", 404, "{}");
    int n = 0;
    for (auto* const group : {&t.existing, &t.absent}) {
        for (auto& e : *group) {
            auto const nth = std::to_string(++n);
            e.head = "HTTP/1.1 404 X\r\nDate: now " + nth + "\r\nX-Trace: " + nth + "\r\n\r\n";
        }
    }
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiExistenceOracle, PassesAnswersThatDifferInTheIdAlone)
{
    auto const c =
        judge({trial_of(404, R"({"error":"no id-there"})", 404, R"({"error":"no id-nowhere"})")});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiExistenceOracle, PassesRequestIdsThatDifferEachTime)
{
    auto t = trial_of(404, "", 404, "");
    int n = 0;
    for (auto* const group : {&t.existing, &t.absent}) {
        for (auto& e : *group) e.body = R"({"request":)" + std::to_string(++n) + "}";
    }
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiExistenceOracle, ThrottledAnswersAreNotAPass)
{
    auto const c = judge({trial_of(429, "", 404, "")});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiExistenceOracle, AFlakyTargetIsNotAPass)
{
    auto t = trial_of(404, "", 404, "");
    t.existing[1].status = 400;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

// Ids that count from 1 in every tenant: the intruder's own object is no sign of another's.
TEST(ApiExistenceOracle, AnAnswerWithTheIntrudersOwnObjectIsNotAPass)
{
    trial t;
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.existing = {answer(alice, 200, {alice})};
    t.absent = {answer(alice, 404)};
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::existence_oracle
