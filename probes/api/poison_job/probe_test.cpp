#include "probes/api/poison_job/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::poison_job {

using namespace testing;
using namespace std::chrono_literals;

static probe::job_end job(bool ended, std::chrono::nanoseconds took, int status = 200)
{
    probe::job_end out;
    out.last = answer(bob, status, {}, ended ? R"({"status":"done"})" : R"({"status":"queued"})");
    out.ended = ended;
    out.took = took;
    return out;
}

static trial trial_of(std::size_t taken, probe::job_end after)
{
    trial t;
    t.victim = bob;
    t.intruder = alice;
    t.before = job(true, 20ms);
    for (std::size_t i = 0; i < taken; ++i) t.taken.push_back({"label = \"\"", "{}"});
    t.refused = 3;
    t.order = answer(alice, taken > 0 ? 202 : 400);
    t.order.channel = "POST /exports";
    t.after = std::move(after);
    return t;
}

TEST(ApiPoisonJob, CatchesAJobThatHoldsUpAnothers)
{
    auto const c = judge({trial_of(2, job(false, 5s))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "POST /exports");
}

TEST(ApiPoisonJob, PassesWhereTheVictimsJobEnds)
{
    auto const c = judge({trial_of(2, job(true, 90ms))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiPoisonJob, PassesWhereAllIsRefusedAtOnce)
{
    auto const c = judge({trial_of(0, job(true, 20ms))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiPoisonJob, AnEmptyAnswerIsNotAPass)
{
    auto slow = trial_of(2, job(false, 5s));
    slow.before = job(false, 5s);
    EXPECT_FALSE(judge({slow}).undecided.empty());
    EXPECT_FALSE(judge({trial_of(2, job(false, 1s, 503))}).undecided.empty());
    auto silent = trial_of(0, job(true, 20ms));
    silent.refused = 0;
    EXPECT_FALSE(judge({silent}).undecided.empty());
}

TEST(ApiPoisonJobPoisons, LooksWellAndIsNoWork)
{
    auto const all = poisons(R"({"label":"x","kinds":["users"],"pages":5})");
    ASSERT_EQ(all.size(), 8U);
    for (auto const& one : all) {
        EXPECT_EQ(one.body.find("999"), std::string::npos);
        EXPECT_NE(one.body, R"({"kinds":["users"],"label":"x","pages":5})");
    }
    EXPECT_TRUE(poisons("label=x").empty());
}

} // namespace watertight::probes::api::poison_job
